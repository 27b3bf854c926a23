//! The operators' listener over rows written by hand: every endpoint, as JSON and as CSV, on both databases.

#![allow(clippy::unwrap_used)]

mod desk;
mod lists;
mod names;
mod pages;
mod school;
mod score;
#[path = "../support/mod.rs"]
mod support;
mod wire;

use desk::{Desk, SETTLE, TOKEN};
use lists::{every_filter_goes_on_behind_its_cursor, rows_that_come_in_between_are_seen_once};
use names::{
    a_tokens_name_is_text_on_every_page, names_are_text_in_every_csv, names_are_text_on_every_page,
};
use pages::{
    a_browser_is_told_by_a_page, a_class_is_summed_up_by_student_and_by_date,
    a_day_shows_everybody_who_is_enrolled, a_page_tells_why_a_mark_was_given,
    a_students_page_leads_to_why, no_mark_is_set_in_times_without_lessons, no_page_holds_an_email,
    what_is_empty_says_what_to_do,
};
use reqwest::StatusCode;
use rollcall::store::entity::{class, meeting_occurrence, zoom_participant};
use school::{NUMBER, RUN, class_row, id, person, run};
use score::{classes_are_listed, marks_come_to_a_score, one_occurrence_is_shown};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};
use wire::{
    a_body_may_come_after_its_head, a_form_that_cannot_be_used_is_a_problem_that_repeats_nothing,
    every_refusal_is_a_problem, head_is_get_without_the_body, hostile_names_are_names,
    what_is_known_is_not_sent_again,
};

/// Runs each scenario on each database.
macro_rules! on_both {
    ($($scenario:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::$scenario(super::Desk::on_sqlite().await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::$scenario(super::Desk::on_postgres().await).await;
            })+
        }
    };
}

on_both!(
    only_the_token_opens,
    meetings_show_their_occurrences,
    participants_show_every_stay,
    marks_are_final_when_their_lesson_has_settled,
    marks_are_filtered,
    what_is_unmatched_is_listed,
    the_unmatched_end_with_their_last_item,
    every_list_goes_on_behind_its_cursor,
    csv_is_text_that_no_spreadsheet_runs,
    a_bad_parameter_is_named,
    marks_come_to_a_score,
    one_occurrence_is_shown,
    classes_are_listed,
    the_api_describes_itself,
    names_are_text_on_every_page,
    names_are_text_in_every_csv,
    a_tokens_name_is_text_on_every_page,
    a_page_tells_why_a_mark_was_given,
    a_students_page_leads_to_why,
    a_class_is_summed_up_by_student_and_by_date,
    what_is_empty_says_what_to_do,
    a_day_shows_everybody_who_is_enrolled,
    no_mark_is_set_in_times_without_lessons,
    no_page_holds_an_email,
    a_browser_is_told_by_a_page,
    every_filter_goes_on_behind_its_cursor,
    rows_that_come_in_between_are_seen_once,
    what_is_known_is_not_sent_again,
    head_is_get_without_the_body,
    a_body_may_come_after_its_head,
    every_refusal_is_a_problem,
    hostile_names_are_names,
    a_form_that_cannot_be_used_is_a_problem_that_repeats_nothing,
);

fn maths() -> Value {
    json!({ "id": id(20), "sourced_id": "c-maths", "name": "Maths 9/2" })
}

fn pick<'a>(items: &'a [Value], pointer: &str) -> Vec<&'a Value> {
    items
        .iter()
        .map(|item| item.pointer(pointer).unwrap())
        .collect()
}

async fn only_the_token_opens(desk: Desk) {
    let paths = [
        "/metrics",
        "/api/v1/meetings",
        "/api/v1/meetings/1",
        "/api/v1/occurrences/x/participants",
        "/api/v1/attendance",
        "/api/v1/unmatched",
        "/api/v1/dead-events",
        "/api/v1/dead-events/1/redrive",
        "/api/v1/openapi.json",
        "/elsewhere",
    ];
    let none = [
        None,
        Some("Bearer"),
        Some("Basic reports-token"),
        Some("reports-token"),
    ];
    // On one path alone: a fifth wrong token would be guessing, which is slowed down.
    let wrong = [
        Some("Bearer "),
        Some("Bearer x"),
        Some("Bearer reports-toke"),
        Some("Bearer reports-token2"),
    ];
    for (path, headers) in paths
        .map(|path| (path, none))
        .into_iter()
        .chain([("/metrics", wrong)])
    {
        for header in headers {
            let mut request = desk.client.get(format!("{}{path}", desk.url));
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let response = request.send().await.unwrap();
            assert_eq!(
                response.status(),
                StatusCode::UNAUTHORIZED,
                "{path} {header:?}"
            );
            assert_eq!(
                response.headers()["www-authenticate"],
                "Bearer realm=\"rollcall\""
            );
            assert_eq!(
                response.headers()["content-type"],
                "application/problem+json"
            );
            let problem: Value = response.json().await.unwrap();
            assert_eq!(
                (&problem["status"], &problem["title"]),
                (&json!(401), &json!("Unauthorized"))
            );
        }
    }
    for path in ["/livez", "/readyz"] {
        let open = desk.client.get(format!("{}{path}", desk.url)).send();
        assert_eq!(open.await.unwrap().status(), 200);
    }
    let metrics = desk.request("/metrics").send().await.unwrap();
    assert_eq!(metrics.text().await.unwrap(), "rollcall_up 1\n");
    let nowhere = desk.request("/elsewhere").send().await.unwrap();
    assert_eq!(nowhere.status(), 404);
    assert_eq!(
        nowhere.headers()["content-type"],
        "application/problem+json"
    );
    let post = desk
        .client
        .post(format!("{}/api/v1/attendance", desk.url))
        .bearer_auth(TOKEN);
    let post = post.send().await.unwrap();
    assert_eq!(
        (post.status(), &post.headers()["allow"]),
        (
            StatusCode::METHOD_NOT_ALLOWED,
            &"GET, HEAD".parse().unwrap()
        )
    );
}

async fn meetings_show_their_occurrences(desk: Desk) {
    desk.fill().await;
    let monday = json!({
        "uuid": RUN,
        "date": "2024-10-07",
        "status": "ended",
        "started_at": "2024-10-07T08:00:00Z",
        "ended_at": "2024-10-07T08:50:00Z",
        "ended_by": "event",
        "outside_schedule": false,
        "unusable": 2,
    });
    let running = json!({
        "uuid": "runs==",
        "date": "2024-10-14",
        "status": "started",
        "started_at": "2024-10-14T08:00:00Z",
        "ended_at": null,
        "ended_by": null,
        "outside_schedule": false,
        "unusable": 0,
    });
    let meeting = |occurrences: Value| {
        json!({
            "zoom_meeting_id": NUMBER,
            "title": "Year 9 Maths — Set 2",
            "class": maths(),
            "status": "started",
            "start_time": "2024-09-02T08:00:00Z",
            "scheduled_seconds": 3000,
            "timezone": "Europe/London",
            "occurrences": occurrences,
        })
    };
    let whole = meeting(json!([running, monday]));
    assert_eq!(
        desk.json(&format!("/api/v1/meetings/{NUMBER}")).await,
        whole
    );
    let all = desk.items("/api/v1/meetings").await;
    assert_eq!(all[0], whole);
    assert_eq!(pick(&all, "/zoom_meeting_id"), [NUMBER, "91000000000"]);
    let on_monday = desk.items("/api/v1/meetings?date=2024-10-07").await;
    assert_eq!(on_monday, [meeting(json!([monday]))]);
    for (query, found) in [
        ("status=scheduled", vec!["91000000000"]),
        ("status=started&class=c-maths&date=2024-10-14", vec![NUMBER]),
        ("class=c-history", vec![]),
        ("class=nobody-knows-it", vec![]),
        ("date=2024-10-08", vec![]),
        ("status=&class=&date=", vec![NUMBER, "91000000000"]),
    ] {
        let items = desk.items(&format!("/api/v1/meetings?{query}")).await;
        assert_eq!(pick(&items, "/zoom_meeting_id"), found, "{query}");
    }
    let unknown = desk
        .request("/api/v1/meetings/70000000001")
        .send()
        .await
        .unwrap();
    assert_eq!(unknown.status(), 404);
}

async fn participants_show_every_stay(desk: Desk) {
    desk.fill().await;
    let path = "/api/v1/occurrences/k8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D/participants";
    let people = desk.items(path).await;
    assert_eq!(
        pick(&people, "/name"),
        ["Tom", "Ana", "+guest"],
        "by first join, none last"
    );
    let stay = |connection: &str, leave: Value, evidence: &str, from: &str, until: &str| {
        json!({
            "participant_uuid": connection,
            "zoom_user_id": "16779264",
            "join_time": from,
            "leave_time": leave,
            "evidence": evidence,
            "join_approximate": false,
            "leave_approximate": false,
            "counted_from": from,
            "counted_until": until,
        })
    };
    assert_eq!(
        people[1],
        json!({
            "person": people[1]["person"],
            "name": "Ana",
            "email": "ana@school.example",
            "user_id": id(11),
            "student": { "id": id(11), "sourced_id": "s-ana" },
            "matched_by": "email",
            "conflict": false,
            "shared_registrant": false,
            "seconds": 2280,
            "status": "left",
            "stays": [
                stay("C-0", json!("2024-10-07T08:30:00Z"), "observed", "2024-10-07T08:02:00Z", "2024-10-07T08:30:00Z"),
                stay("C-1", json!(null), "closed_by_end", "2024-10-07T08:40:00Z", "2024-10-07T08:50:00Z"),
            ],
        })
    );
    let tom = &people[0];
    assert_eq!(
        (&tom["student"], &tom["matched_by"]),
        (&json!(null), &json!("email")),
        "a teacher is no student"
    );
    let guest = &people[2];
    assert_eq!(
        (&guest["user_id"], &guest["matched_by"], &guest["seconds"]),
        (&json!(null), &json!(null), &json!(0))
    );
    assert_eq!(guest["conflict"], true);

    let none = desk
        .items("/api/v1/occurrences/runs%3D%3D/participants")
        .await;
    assert!(none.is_empty());
    for twice_or_never in [
        "k8%252FTz1%252BWQ6q%252F%252FvR3sYpHdA%253D%253D",
        "K8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D",
    ] {
        let path = format!("/api/v1/occurrences/{twice_or_never}/participants");
        assert_eq!(desk.request(&path).send().await.unwrap().status(), 404);
    }
}

async fn marks_are_final_when_their_lesson_has_settled(desk: Desk) {
    desk.fill().await;
    let marks = desk
        .items("/api/v1/attendance?class=c-maths&student=s-ana")
        .await;
    assert_eq!(
        marks[0],
        json!({
            "student": { "id": id(11), "sourced_id": "s-ana", "email": "ana@school.example", "full_name": "Ana Ávila" },
            "class": maths(),
            "date": "2024-10-07",
            "status": "present",
            "seconds": 2280,
            "first_join": "2024-10-07T08:02:00Z",
            "last_leave": "2024-10-07T08:40:00Z",
            "source": "zoom",
            "finality": "final",
            "computed_status": null,
            "manual": null,
        })
    );
    assert_eq!(
        (&marks[1]["date"], &marks[1]["finality"]),
        (&json!("2024-10-14"), &json!("provisional")),
        "it runs"
    );
    let manual = desk.items("/api/v1/attendance?class=c-history").await;
    assert_eq!(
        (&manual[0]["source"], &manual[0]["finality"]),
        (&json!("manual"), &json!("final"))
    );

    let just_now = OffsetDateTime::from_unix_timestamp(support::zoom::now() - SETTLE + 60).unwrap();
    let restarted = meeting_occurrence::Model {
        date: date!(2024 - 10 - 07),
        ..run(
            45,
            "again==",
            datetime!(2024-10-07 08:55:00 UTC),
            Some(just_now),
        )
    };
    desk.insert(restarted).await;
    let marks = desk
        .items("/api/v1/attendance?student=s-ana&date=2024-10-07")
        .await;
    assert_eq!(
        marks[0]["finality"], "provisional",
        "the lesson's latest end counts"
    );
}

async fn marks_are_filtered(desk: Desk) {
    desk.fill().await;
    let ana = id(11).to_string();
    let class = id(20).to_string();
    for (query, found) in [
        (String::new(), vec!["71", "72", "74", "73"]),
        ("class=c-maths".into(), vec!["71", "72", "73"]),
        (format!("class={class}"), vec!["71", "72", "73"]),
        (format!("student={ana}"), vec!["71", "73"]),
        ("student=s-ana&date=2024-10-07".into(), vec!["71"]),
        ("student=ana@school.example".into(), vec![]),
        ("student=%40s-cleo".into(), vec!["72"]),
        ("from=2024-10-08".into(), vec!["73"]),
        ("to=2024-10-07".into(), vec!["71", "72", "74"]),
        (
            "from=2024-10-07&to=2024-10-14&date=2024-10-14".into(),
            vec!["73"],
        ),
        ("from=2024-10-08&date=2024-10-07".into(), vec![]),
    ] {
        let items = desk.items(&format!("/api/v1/attendance?{query}")).await;
        let names = items.iter().map(|item| {
            match (
                item["student"]["sourced_id"].as_str(),
                item["date"].as_str(),
            ) {
                (Some("s-ana"), Some("2024-10-07")) => "71",
                (Some("s-ana"), _) => "73",
                (Some("s-ben"), _) => "74",
                _ => "72",
            }
        });
        assert_eq!(names.collect::<Vec<_>>(), found, "{query}");
    }
    let twin = class::Model {
        sourced_id: Some(class.clone()),
        ..class_row(22, "A class whose sourced_id is another's id", "")
    };
    desk.insert(twin).await;
    let items = desk
        .items(&format!("/api/v1/attendance?class={class}"))
        .await;
    assert_eq!(items.len(), 3, "an id goes before a sourced_id");
}

async fn what_is_unmatched_is_listed(desk: Desk) {
    desk.fill().await;
    let expected = json!([
        {
            "kind": "person",
            "occurrence_uuid": RUN,
            "zoom_meeting_id": NUMBER,
            "date": "2024-10-07",
            "class": maths(),
            "name": "+guest",
            "email": null,
            "seconds": 0,
            "first_join": null,
            "last_leave": null,
            "conflict": true,
            "shared_registrant": false,
            "person": "connection:c",
            "suggested": [],
            "stays": [],
        },
        {
            "kind": "events",
            "occurrence_uuid": RUN,
            "zoom_meeting_id": NUMBER,
            "date": "2024-10-07",
            "class": maths(),
            "count": 2,
        },
        {
            "kind": "events",
            "occurrence_uuid": "x3==",
            "zoom_meeting_id": "70000000002",
            "date": "2024-10-01",
            "class": null,
            "count": 1,
        },
        {
            "kind": "meeting",
            "zoom_meeting_id": "70000000001",
            "topic": "Chess",
            "occurrences": 2,
            "first_seen": "2024-10-01T07:00:00Z",
            "last_seen": "2024-10-08T07:01:00Z",
        },
        {
            "kind": "meeting",
            "zoom_meeting_id": "70000000002",
            "topic": "Choir",
            "occurrences": 1,
            "first_seen": "2024-10-01T07:00:00Z",
            "last_seen": "2024-10-01T07:01:00Z",
        },
    ]);
    assert_eq!(Value::from(desk.items("/api/v1/unmatched").await), expected);
}

/// Nothing follows the last person, so there is no cursor.
async fn the_unmatched_end_with_their_last_item(desk: Desk) {
    desk.fill().await;
    let known = meeting_occurrence::Entity::delete_many()
        .filter(meeting_occurrence::Column::MeetingId.is_null());
    known.exec(&desk.pools.write).await.unwrap();
    let usable = meeting_occurrence::Entity::update_many()
        .col_expr(meeting_occurrence::Column::Unusable, Expr::value(0));
    usable.exec(&desk.pools.write).await.unwrap();
    let page = desk.json("/api/v1/unmatched?limit=1").await;
    assert_eq!(page["items"][0]["name"], "+guest");
    assert_eq!(page["next_cursor"], Value::Null);
}

async fn every_list_goes_on_behind_its_cursor(desk: Desk) {
    desk.fill().await;
    desk.insert(meeting_occurrence::Model {
        unusable: 1,
        ..run(
            46,
            "odd==",
            school::monday_at(60),
            Some(school::monday_at(61)),
        )
    })
    .await;
    let path = "/api/v1/occurrences/k8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D/participants";
    let late = zoom_participant::Model {
        join_time: None,
        ..person(60, "connection:d", None, "late")
    };
    desk.insert(late).await;
    for list in [
        "/api/v1/meetings",
        "/api/v1/attendance",
        "/api/v1/unmatched",
        path,
    ] {
        let all = desk.items(list).await;
        for limit in 1..=all.len() + 1 {
            let mut seen = Vec::new();
            let mut query = format!("?limit={limit}");
            let mut pages = 0;
            loop {
                let page = desk.json(&format!("{list}{query}")).await;
                let items = page["items"].as_array().unwrap();
                pages += 1;
                assert!(items.len() <= limit);
                seen.extend(items.clone());
                let Some(cursor) = page["next_cursor"].as_str() else {
                    break;
                };
                query = format!("?limit={limit}&cursor={cursor}");
            }
            assert_eq!(seen, all, "{list} by {limit}");
            assert_eq!(pages, all.len().div_ceil(limit), "{list} by {limit}");
        }
    }
    let page = desk.json("/api/v1/attendance?limit=1").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let elsewhere = desk.request(&format!("/api/v1/meetings?cursor={cursor}"));
    let problem: Value = elsewhere.send().await.unwrap().json().await.unwrap();
    assert_eq!(problem["parameter"], "cursor");
}

async fn csv_is_text_that_no_spreadsheet_runs(desk: Desk) {
    desk.fill().await;
    let (ana, cleo, maths) = (id(11), id(13), id(20));
    let expected = [
        "student_id,student_sourced_id,student_email,student_full_name,class_id,class_sourced_id,class_name,date,status,seconds,first_join,last_leave,source,finality,computed_status,manual_reason,manual_by,manual_at".to_owned(),
        format!("{ana},s-ana,ana@school.example,Ana Ávila,{maths},c-maths,Maths 9/2,2024-10-07,present,2280,2024-10-07T08:02:00Z,2024-10-07T08:40:00Z,zoom,final,,,,"),
        format!("{cleo},'@s-cleo,,\"'=HYPERLINK(\"\"http://evil\"\",\"\"<b>Cleo</b>\"\")\",{maths},c-maths,Maths 9/2,2024-10-07,absent,,,,zoom,final,,,,"),
        String::new(),
    ];
    let path = "/api/v1/attendance?class=c-maths&date=2024-10-07";
    assert_eq!(desk.csv(path).await, expected.join("\r\n"));
    let by_parameter = desk
        .request(&format!("{path}&format=csv"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        by_parameter.headers()["content-disposition"],
        "attachment; filename=\"attendance.csv\""
    );
    assert_eq!(by_parameter.text().await.unwrap(), expected.join("\r\n"));

    let people = desk
        .csv("/api/v1/occurrences/k8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D/participants")
        .await;
    let lines: Vec<&str> = people.lines().collect();
    assert_eq!(
        lines.len(),
        5,
        "a header, two stays of Ana's, two people without any"
    );
    assert!(lines[2].starts_with(&format!(
        "Ana,ana@school.example,{ana},{ana},s-ana,email,false,false,2280,left,C-0,"
    )));
    assert!(lines[4].starts_with("'+guest,,,,,,true,false,0,left,,"));
    let meetings = desk.csv("/api/v1/meetings").await;
    assert_eq!(
        meetings.lines().count(),
        4,
        "a header, two occurrences, a meeting without any"
    );
    let unmatched = desk.csv("/api/v1/unmatched").await;
    let columns = unmatched.lines().map(|line| line.split(',').count());
    assert_eq!(columns.collect::<Vec<_>>(), [19; 6]);

    let page = desk
        .request("/api/v1/attendance?format=csv&limit=1")
        .send()
        .await
        .unwrap();
    let cursor = page.headers()["x-next-cursor"].to_str().unwrap().to_owned();
    assert_eq!(page.text().await.unwrap().lines().count(), 2);
    let rest = desk
        .csv(&format!("/api/v1/attendance?cursor={cursor}"))
        .await;
    assert_eq!(rest.lines().count(), 4);

    desk.fill_many_marks().await;
    let all = desk.csv("/api/v1/attendance").await;
    let mut dates: Vec<&str> = all
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(7).unwrap())
        .collect();
    dates.retain(|date| *date < "2024");
    assert_eq!(dates.len(), 2600);
    assert!(dates.is_sorted());
}

async fn a_bad_parameter_is_named(desk: Desk) {
    for (query, parameter) in [
        ("/attendance?date=2024-13-01", "date"),
        ("/attendance?from=yesterday", "from"),
        ("/attendance?to=2024-10-7", "to"),
        ("/attendance?to=20241007", "to"),
        ("/attendance?date=2024-10-07T00:00", "date"),
        ("/attendance?from=2024-10-08&to=2024-10-07", "to"),
        ("/attendance?limit=0", "limit"),
        ("/attendance?limit=1001", "limit"),
        ("/attendance?limit=many", "limit"),
        ("/attendance?cursor=zz", "cursor"),
        ("/attendance?cursor=5b22617474656e64616e6365225d", "cursor"),
        ("/attendance?format=xml", "format"),
        ("/attendance?klass=c-maths", "klass"),
        ("/attendance?class=a&class=b", "class"),
        ("/meetings?status=late", "status"),
        ("/meetings?student=s-ana", "student"),
        ("/unmatched?date=2024-10-07", "date"),
        ("/participation?date=2024-10-07", "date"),
        ("/participation?from=2024-10-08&to=2024-10-07", "to"),
        ("/classes?class=c-maths", "class"),
        ("/occurrences/runs==?class=c-maths", "class"),
    ] {
        let response = desk
            .request(&format!("/api/v1{query}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 400, "{query}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["parameter"], parameter, "{query}");
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(
            (&problem["status"], &problem["title"]),
            (&json!(400), &json!("Bad Request"))
        );
    }
}

async fn the_api_describes_itself(desk: Desk) {
    let description = desk.json("/api/v1/openapi.json").await;
    let record = description
        .pointer("/components/schemas/Record/properties")
        .unwrap();
    let mut fields: Vec<&str> = record
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "class",
            "computed_status",
            "date",
            "finality",
            "first_join",
            "last_leave",
            "manual",
            "seconds",
            "source",
            "status",
            "student"
        ]
    );
}
