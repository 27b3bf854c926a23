//! Whatever people, classes, meetings and reasons are called: text on every page, and text in every CSV.

use crate::{
    desk::Desk,
    pages::{RUN, escaped, page},
    school::{CREATED, by_hand, id},
};
use rollcall::store::{
    access::Digest,
    entity::{
        access_token, audit_event, class, confirmed_match, dead_event, manual_mark,
        meeting_occurrence, user as users, zoom_meeting, zoom_participant,
    },
};
use sea_orm::{EntityTrait, sea_query::Expr};
use std::time::{Duration, Instant};

const SCRIPT: &str = "<script>alert(1)</script>";
/// What makes a spreadsheet take a cell for a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

fn names() -> Vec<String> {
    let names = [
        SCRIPT,
        "\u{202e}evil",
        "'\" onload=alert(1) x='",
        "👩‍🎓 O'Neil, \"Pat\"",
        "=cmd()",
        "+1",
        "-1",
        "@sum",
        "\tx",
        "\rx",
        "{{ name }}",
    ];
    let mut names: Vec<_> = names.map(ToOwned::to_owned).into();
    names.push("n".repeat(500));
    names
}

/// Rows of what `fill` leaves out: a reason, a match, a change, a dead event.
async fn fill(desk: &Desk) {
    desk.fill().await;
    desk.insert(by_hand(300, 12, 21, "was here")).await;
    desk.insert(confirmed_match::Model {
        id: id(301),
        kind: "connection".into(),
        scope: "x1==".into(),
        key: "c".into(),
        user_id: id(11),
        confirmed_by: "tess".into(),
        confirmed_at: CREATED,
    })
    .await;
    desk.insert(audit_event::Model {
        id: id(302),
        at: CREATED,
        actor: "tess".into(),
        action: "match.confirmed".into(),
        target: "match".into(),
        detail: None,
    })
    .await;
    desk.insert(dead_event::Model {
        seq: 303,
        occurrence: "x1==".into(),
        meeting: "70000000001".into(),
        kind: "joined".into(),
        reason: "fold".into(),
        attempts: 1,
        received_at: CREATED,
        died_at: CREATED,
        redriven: false,
    })
    .await;
}

async fn set<E: EntityTrait>(desk: &Desk, column: E::Column, name: &str) {
    let all = E::update_many().col_expr(column, Expr::value(name));
    all.exec(&desk.pools.write).await.unwrap();
}

/// Calls everything `name` that somebody outside can call something.
async fn call(desk: &Desk, name: &str) {
    set::<zoom_participant::Entity>(desk, zoom_participant::Column::Name, name).await;
    set::<users::Entity>(desk, users::Column::FullName, name).await;
    set::<class::Entity>(desk, class::Column::Name, name).await;
    set::<zoom_meeting::Entity>(desk, zoom_meeting::Column::Title, name).await;
    set::<meeting_occurrence::Entity>(desk, meeting_occurrence::Column::Topic, name).await;
    set::<manual_mark::Entity>(desk, manual_mark::Column::Reason, name).await;
    set::<manual_mark::Entity>(desk, manual_mark::Column::SetBy, name).await;
    set::<confirmed_match::Entity>(desk, confirmed_match::Column::ConfirmedBy, name).await;
    set::<confirmed_match::Entity>(desk, confirmed_match::Column::Key, name).await;
    for column in [
        audit_event::Column::Actor,
        audit_event::Column::Action,
        audit_event::Column::Target,
    ] {
        set::<audit_event::Entity>(desk, column, name).await;
    }
    for column in [
        dead_event::Column::Occurrence,
        dead_event::Column::Kind,
        dead_event::Column::Reason,
    ] {
        set::<dead_event::Entity>(desk, column, name).await;
    }
}

pub(crate) async fn names_are_text_on_every_page(desk: Desk) {
    fill(&desk).await;
    let month = "from=2024-10-01&to=2024-10-31";
    let named = [
        RUN.to_owned(),
        "/".to_owned(),
        "/meetings".to_owned(),
        "/classes".to_owned(),
        format!("/classes/{}?{month}", id(20)),
        format!("/classes/{}?from=2024-10-07&to=2024-10-07", id(21)),
        format!("/students/{}?{month}", id(12)),
        "/unmatched".to_owned(),
        "/security".to_owned(),
    ];
    for name in names() {
        call(&desk, &name).await;
        for path in &named {
            let html = page(&desk, path).await;
            let text = format!("<bdi>{}</bdi>", escaped(&name));
            assert!(html.contains(&text), "{path} {name:?}: {html}");
            assert!(!html.contains(SCRIPT), "{path}");
        }
        let dead = page(&desk, "/dead-events").await;
        assert!(dead.contains(&escaped(&name)), "{name:?}: {dead}");
        assert!(!dead.contains(SCRIPT));
        let reason = page(&desk, &named[5]).await;
        assert_eq!(
            reason
                .matches(&format!("“<bdi>{}</bdi>”", escaped(&name)))
                .count(),
            1,
            "why a mark was set"
        );
    }
}

/// Such a name cannot be given by the command; another program may have written it.
pub(crate) async fn a_tokens_name_is_text_on_every_page(desk: Desk) {
    let name = format!("{SCRIPT}\"'>\u{202e}👩‍🎓");
    desk.insert(access_token::Model {
        id: id(310),
        name: name.clone(),
        role: "viewer".into(),
        token_sha256: Digest::of("rc_hostile").to_hex(),
        created_at: CREATED,
        created_by: name.clone(),
        revoked_at: None,
    })
    .await;
    let deadline = Instant::now() + Duration::from_secs(20);
    let html = loop {
        let request = desk.client.get(format!("{}/classes", desk.url));
        let answer = request.bearer_auth("rc_hostile").send().await.unwrap();
        if answer.status() == 200 {
            break answer.text().await.unwrap();
        }
        assert!(Instant::now() < deadline, "the token is not known");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert!(html.contains(&format!("<bdi>{}</bdi>", escaped(&name))));
    assert!(!html.contains(SCRIPT), "{html}");
}

pub(crate) async fn names_are_text_in_every_csv(desk: Desk) {
    fill(&desk).await;
    let lists = [
        "/api/v1/attendance",
        "/api/v1/participation",
        "/api/v1/classes",
        "/api/v1/meetings",
        "/api/v1/occurrences/k8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D/participants",
        "/api/v1/unmatched",
        "/api/v1/matches",
        "/api/v1/audit-events",
    ];
    for name in names() {
        call(&desk, &name).await;
        for list in lists {
            let csv = desk.csv(list).await;
            let mut lines = csv::ReaderBuilder::new()
                .flexible(true)
                .from_reader(csv.as_bytes());
            let lines: Vec<_> = lines.records().map(|line| line.unwrap()).collect();
            let cells: Vec<&str> = lines.iter().flatten().collect();
            let formula = cells.iter().find(|cell| cell.starts_with(FORMULA));
            assert_eq!(formula, None, "{list}");
            let shown = if name.starts_with(FORMULA) {
                format!("'{name}")
            } else {
                name.clone()
            };
            assert!(cells.contains(&&*shown), "{list} {name:?}: {csv}");
        }
    }
}
