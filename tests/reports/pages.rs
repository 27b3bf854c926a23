//! The pages over the same rows: whatever people are called, a name is text.

use crate::{
    desk::Desk,
    school::{id, person, user},
};
use rollcall::store::entity::{class, user as users, zoom_participant};
use sea_orm::{EntityTrait, sea_query::Expr};

const SCRIPT: &str = "<script>alert(1)</script>";
const RUN: &str = "/occurrences/k8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D";

/// A name as it stands in HTML: these five characters are all that could end a text or an attribute's value.
fn escaped(name: &str) -> String {
    let code = |letter| match letter {
        '&' | '<' | '>' | '"' | '\'' => format!("&#{};", u32::from(letter)),
        letter => letter.to_string(),
    };
    name.chars().map(code).collect()
}

async fn page(desk: &Desk, path: &str) -> String {
    let answer = desk.request(path).header("accept", "text/html");
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let policy = &answer.headers()["content-security-policy"];
    assert!(policy.to_str().unwrap().starts_with("default-src 'none';"));
    assert_eq!(
        answer.headers()["content-type"],
        "text/html; charset=utf-8",
        "{path}"
    );
    answer.text().await.unwrap()
}

pub(crate) async fn names_are_text_on_every_page(desk: Desk) {
    desk.fill().await;
    let long = "n".repeat(500);
    for name in [
        SCRIPT,
        "\u{202e}evil",
        "'\" onload=alert(1) x='",
        "👩‍🎓 =cmd()",
        &long,
    ] {
        zoom_participant::Entity::update_many()
            .col_expr(zoom_participant::Column::Name, Expr::value(name))
            .exec(&desk.pools.write)
            .await
            .unwrap();
        users::Entity::update_many()
            .col_expr(users::Column::FullName, Expr::value(name))
            .exec(&desk.pools.write)
            .await
            .unwrap();
        class::Entity::update_many()
            .col_expr(class::Column::Name, Expr::value(name))
            .exec(&desk.pools.write)
            .await
            .unwrap();
        let class = format!("/classes/{}?from=2024-10-01&to=2024-10-31", id(20));
        for path in [RUN, "/classes", &class, "/unmatched"] {
            let html = page(&desk, path).await;
            assert!(
                html.contains(&format!("<bdi>{}</bdi>", escaped(name))),
                "{path}: {html}"
            );
            assert!(!html.contains(SCRIPT), "{path}");
        }
        let overview = page(&desk, "/").await;
        assert!(!overview.contains(SCRIPT));
    }
}

pub(crate) async fn a_page_tells_why_a_mark_was_given(desk: Desk) {
    desk.fill().await;
    desk.insert(user(90, "student", "Zoe", "s-zoe", None)).await;
    desk.insert(person(91, "zoe", None, "Zoe at home")).await;
    let html = page(&desk, RUN).await;
    for told in ["38 min of 15 min", "Zoe at home", "not matched"] {
        assert!(html.contains(told), "{told}: {html}");
    }
    let missing = desk.request("/occurrences/none").send().await.unwrap();
    assert_eq!(missing.status(), 404);
    assert!(
        missing
            .text()
            .await
            .unwrap()
            .contains("there is no such lesson")
    );
}
