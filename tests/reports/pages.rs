//! The pages over the same rows: why a mark was given, what marks come to, and what is told where there is nothing to show.

use crate::{
    desk::{Desk, TOKEN},
    school::{by_hand, class_row, enrolment, id, person, user},
    score,
};
use reqwest::{Method, Response};
use rollcall::store::entity::{attendance_record, class_student, zoom_participant};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Value, sea_query::Expr};

pub(crate) const RUN: &str = "/occurrences/k8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D";
const TERM: &str = "from=2024-10-01&to=2024-12-31";

/// A name as it stands in HTML: these five characters are all that could end a text or an attribute's value.
pub(crate) fn escaped(name: &str) -> String {
    let code = |letter| match letter {
        '&' | '<' | '>' | '"' | '\'' => format!("&#{};", u32::from(letter)),
        letter => letter.to_string(),
    };
    name.chars().map(code).collect()
}

/// As a browser asks.
async fn browse(desk: &Desk, method: Method, path: &str) -> Response {
    let request = desk.client.request(method, format!("{}{path}", desk.url));
    let request = request
        .bearer_auth(TOKEN)
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    request.send().await.unwrap()
}

pub(crate) async fn page(desk: &Desk, path: &str) -> String {
    let answer = browse(desk, Method::GET, path).await;
    assert_eq!(answer.status(), 200, "{path}");
    html(answer).await
}

async fn html(answer: Response) -> String {
    let path = answer.url().path().to_owned();
    let headers = answer.headers();
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{path}");
    let kind = &headers["content-type"];
    assert_eq!(kind, "text/html; charset=utf-8", "{path}");
    answer.text().await.unwrap()
}

/// The text of an element's line without its tags: `<td>4 of 8</td><td>3</td>` is `4 of 8|3`.
fn cells(html: &str, of: &str) -> String {
    let at = html
        .find(of)
        .unwrap_or_else(|| panic!("{of} is not in {html}"));
    let row = html[at..].split("</tr>").next().unwrap();
    let mut cells = Vec::new();
    for cell in row.split("<td>").skip(1) {
        let cell = cell.split("</td>").next().unwrap();
        let texts = cell.split('<').map(|piece| match piece.split_once('>') {
            Some((_, text)) => text,
            None => piece,
        });
        let text: String = texts.collect();
        cells.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    cells.join("|")
}

/// Sets a column of all of Ana's marks.
async fn change_anas(desk: &Desk, column: attendance_record::Column, value: Value) {
    attendance_record::Entity::update_many()
        .col_expr(column, Expr::value(value))
        .filter(attendance_record::Column::StudentId.eq(id(11)))
        .exec(&desk.pools.write)
        .await
        .unwrap();
}

pub(crate) async fn a_page_tells_why_a_mark_was_given(desk: Desk) {
    desk.fill().await;
    desk.insert(user(90, "student", "Zoe", "s-zoe", None)).await;
    desk.insert(person(91, "zoe", None, "Zoe at home")).await;
    let html = page(&desk, RUN).await;
    for told in ["38 min of 15 min", "Zoe at home", "not matched"] {
        assert!(html.contains(told), "{told}: {html}");
    }
    // Ana came, Cleo did not: both are found by who they are.
    for student in [11, 13] {
        assert!(html.contains(&format!("id=\"s-{}\"", id(student))));
        assert!(html.contains(&format!("href=\"/students/{}\"", id(student))));
    }
    let teacher = format!("/students/{}", id(10));
    assert!(!html.contains(&teacher), "a teacher has no marks");
    // A mark is about the whole day, of which this run is a part.
    change_anas(&desk, attendance_record::Column::Seconds, 3000_i64.into()).await;
    let html = page(&desk, RUN).await;
    let told = "50 min of 15 min in all meetings of that day, 38 min in this one";
    assert!(html.contains(told), "{html}");
    // And a hand goes before what is counted.
    desk.insert(by_hand(300, 11, 20, "was in the room")).await;
    change_anas(&desk, attendance_record::Column::Source, "manual".into()).await;
    let html = page(&desk, RUN).await;
    let told = "set by hand: was in the room; 38 min of 15 min";
    assert!(html.contains(told), "{html}");
}

pub(crate) async fn a_students_page_leads_to_why(desk: Desk) {
    score::fill(&desk).await;
    let ana = id(11);
    let html = page(&desk, &format!("/students/s-ana?{TERM}")).await;
    // Four of eight judged lessons, and a ninth that was excused; (4 + 3 * 0.5) / 8.
    for told in [
        "<b>50 %</b> 4 of 8",
        "<b>3</b> lessons",
        "score 68.8 %",
        "4 of 8 present, 3 partial, 1 absent, 1 other; 1 by hand",
    ] {
        assert!(html.contains(told), "{told}: {html}");
    }
    let run = format!("{RUN}#s-{ana}");
    assert!(
        html.contains(&format!("<a href=\"{run}\">09:00 to 09:50</a>")),
        "{html}"
    );
    assert!(html.contains(&format!(
        "<a href=\"/occurrences/runs%3D%3D#s-{ana}\">since 09:00</a>"
    )));
    assert_eq!(
        cells(&html, ">Mon 7 Oct 2024<"),
        "present 38 min|09:00 to 09:50"
    );
    assert_eq!(cells(&html, ">Mon 16 Dec 2024<"), "excused, by hand|");
    let latest = html.find(">Mon 16 Dec 2024<") < html.find(">Mon 7 Oct 2024<");
    assert!(latest, "the latest lesson is the first");
    assert_eq!(html, page(&desk, &format!("/students/{ana}?{TERM}")).await);

    let november = format!("/students/{ana}?from=2024-11-01&to=2024-11-30");
    assert!(page(&desk, &november).await.contains("<b>75 %</b> 3 of 4"));
}

pub(crate) async fn a_class_is_summed_up_by_student_and_by_date(desk: Desk) {
    score::fill(&desk).await;
    let class = format!("/classes/{}", id(20));
    let html = page(&desk, &format!("{class}?{TERM}")).await;
    let link = |student| {
        format!(
            "/students/{}?from=2024-10-01&amp;to=2024-12-31",
            id(student)
        )
    };
    // Present of judged, partial, absent, by hand, score; then the lessons.
    let ana = cells(&html, &link(11));
    assert!(
        ana.starts_with("4 of 8|3|1 +1 other|1|68.8 %|present 38 min|partial|"),
        "{ana}"
    );
    let cleo = cells(&html, &link(13));
    assert!(cleo.starts_with("0 of 1|0|1|0|0 %|absent|"), "{cleo}");
    let by_date = html.split("By date").nth(1).unwrap();
    assert_eq!(cells(by_date, ">Mon 7 Oct 2024<"), "1 of 2|50 %|0|1|0");
    assert_eq!(
        cells(by_date, ">Mon 16 Dec 2024<"),
        "0 of 0|–|0|0 +1 other|1"
    );
    assert!(html.contains("<b>44.4 %</b> of 9 marks"), "{html}");
    let csv = format!(
        "/api/v1/participation?class={}&amp;from=2024-10-01&amp;to=2024-12-31&amp;format=csv",
        id(20)
    );
    assert!(html.contains(&csv), "{html}");
}

async fn send_form(desk: &Desk, path: &str, fields: &'static str) -> Response {
    let request = desk.client.post(format!("{}{path}", desk.url));
    let request = request
        .bearer_auth(TOKEN)
        .header("content-type", "application/x-www-form-urlencoded");
    request.body(fields).send().await.unwrap()
}

pub(crate) async fn a_day_shows_everybody_who_is_enrolled(desk: Desk) {
    desk.fill().await;
    let day = |date| format!("/classes/{}?from={date}&to={date}", id(20));
    let link = |student| format!("/students/{}\">", id(student));
    let live = page(&desk, &day("2024-10-14")).await;
    assert!(live.contains("The lesson goes on"), "{live}");
    let (ana, cleo) = (cells(&live, &link(11)), cells(&live, &link(13)));
    assert!(ana.starts_with("partial|Change"), "{ana}");
    assert!(cleo.starts_with("no mark yet|Set"), "{cleo}");
    let ben = link(12);
    assert!(!live.contains(&ben), "his enrolment has ended: {live}");

    // His last day, a Sunday: there is no lesson, and yet a mark can be set, and withdrawn.
    let sunday = page(&desk, &day("2024-10-06")).await;
    assert!(sunday.contains("Nothing has been heard of a meeting"));
    assert!(cells(&sunday, &ben).starts_with("no mark|Set"), "{sunday}");
    let form = format!("/classes/{}/2024-10-06/{}", id(20), id(12));
    let fields = "status=present&reason=at+the+science+fair";
    let set = send_form(&desk, &format!("{form}/mark"), fields).await;
    assert_eq!(set.status(), 200);
    let html = html(set).await;
    let marked = cells(&html, &ben);
    assert!(marked.starts_with("present, by hand"), "{marked}");
    assert!(marked.contains("at the science fair"), "{marked}");
    let withdrawn = send_form(&desk, &format!("{form}/withdraw"), "").await;
    let html = self::html(withdrawn).await;
    assert!(cells(&html, &ben).starts_with("no mark|Set"), "{html}");
}

pub(crate) async fn no_mark_is_set_in_times_without_lessons(desk: Desk) {
    desk.fill().await;
    for date in ["0206-10-07", "2010-12-31", "9999-10-07"] {
        let path = format!("/classes/{}/{date}/{}/mark", id(20), id(11));
        let fields = "status=present&reason=a+slip+of+the+hand";
        let refused = send_form(&desk, &path, fields).await;
        assert_eq!(refused.status(), 400, "{date}");
        let problem: serde_json::Value = refused.json().await.unwrap();
        assert_eq!(problem["parameter"], "date");
        // Nor does the page offer it.
        let day = format!("/classes/{}?from={date}&to={date}", id(20));
        let html = page(&desk, &day).await;
        assert!(!html.contains("/mark\""), "{html}");
    }
}

pub(crate) async fn what_is_empty_says_what_to_do(desk: Desk) {
    assert!(page(&desk, "/classes").await.contains("rollcall import"));
    desk.fill().await;
    desk.insert(class_row(22, "Physics", "c-physics")).await;
    desk.insert(user(90, "student", "Zoe", "s-zoe", None)).await;
    let history = format!("/classes/{}", id(21));
    let none = page(&desk, &history).await;
    assert!(none.contains("Nobody is enrolled in this class"), "{none}");
    let physics = format!("/classes/{}", id(22));
    desk.insert(class_student::Model {
        class_id: id(22),
        ..enrolment(60, 90, None)
    })
    .await;
    let no_meeting = page(&desk, &physics).await;
    assert!(no_meeting.contains("<code>meetings.csv</code>"));
    let maths = format!("/classes/{}?from=2020-01-01&to=2020-02-01", id(20));
    let no_lesson = page(&desk, &maths).await;
    assert!(no_lesson.contains("No marks from 2020-01-01 to 2020-02-01"));
    let zoe = page(&desk, "/students/s-zoe").await;
    assert!(
        zoe.contains(&format!(
            "<a href=\"{physics}\"><bdi>Physics</bdi></a> has run"
        )),
        "{zoe}"
    );
    let tom = page(&desk, "/students/s-tom").await;
    assert!(tom.contains("<code>enrollments.csv</code>"), "{tom}");
}

/// Neither as text nor as an id, a field or an address.
pub(crate) async fn no_page_holds_an_email(desk: Desk) {
    desk.fill().await;
    desk.insert(zoom_participant::Model {
        email: Some("eve@home.example".into()),
        ..person(92, "email:eve@home.example", None, "Eve")
    })
    .await;
    let student = format!("/students/{}?{TERM}", id(11));
    for path in [RUN, "/unmatched", &student] {
        let html = page(&desk, path).await;
        for part in ["home.example", "school.example", "%40"] {
            assert!(!html.contains(part), "{path}: {html}");
        }
    }
    let by_email = browse(&desk, Method::GET, "/students/ana@school.example").await;
    assert_eq!(by_email.status(), 404);
    assert!(!html(by_email).await.contains("school.example"));
}

pub(crate) async fn a_browser_is_told_by_a_page(desk: Desk) {
    desk.fill().await;
    let nobody = format!("/classes/{}", id(99));
    for (method, path, status, told) in [
        (Method::GET, "/nowhere", 404, "there is no such page"),
        (
            Method::GET,
            "/students/nobody",
            404,
            "there is no such student",
        ),
        (Method::GET, "/students/%00", 404, "there is no such page"),
        (
            Method::GET,
            "/occurrences/none",
            404,
            "there is no such lesson",
        ),
        (
            Method::GET,
            "/occurrences/%00",
            404,
            "there is no such page",
        ),
        (Method::GET, nobody.as_str(), 404, "there is no such class"),
        (Method::GET, "/classes/1", 404, "There is nothing here"),
        (
            Method::GET,
            "/students/s-ana?from=x",
            400,
            "from: a date as YYYY-MM-DD",
        ),
        (
            Method::GET,
            "/students/s-ana?from=2024-10-08&to=2024-10-07",
            400,
            "to: before from",
        ),
        (
            Method::POST,
            "/meetings",
            405,
            "only GET, HEAD is answered here",
        ),
        (
            Method::POST,
            "/unmatched/confirm",
            415,
            "This was not understood",
        ),
    ] {
        let answer = browse(&desk, method.clone(), path).await;
        assert_eq!(answer.status(), status, "{method} {path}");
        let allow = answer.headers().get("allow").cloned();
        assert_eq!(allow.is_some(), status == 405, "{method} {path}");
        let html = html(answer).await;
        for part in [told, "<h1>", "To the overview", "<bdi>admin</bdi>"] {
            assert!(html.contains(part), "{method} {path} {part}: {html}");
        }
        let by_program = desk
            .client
            .request(method.clone(), format!("{}{path}", desk.url));
        let by_program = by_program.bearer_auth(TOKEN).send().await.unwrap();
        assert_eq!(by_program.status(), status, "{method} {path}");
        let text = by_program.text().await.unwrap();
        assert!(!text.contains("<h1>"), "{method} {path}: {text}");
    }
    for path in [
        "/api/v1/nowhere",
        "/api/v1/meetings/1",
        "/api/v1/attendance?date=x",
    ] {
        let answer = browse(&desk, Method::GET, path).await;
        assert_eq!(
            answer.headers()["content-type"],
            "application/problem+json",
            "{path}"
        );
    }
}
