//! Every list, with every filter, a page at a time: whole, in one order, each item once, whatever comes in between.

use crate::{
    desk::Desk,
    school::{CREATED, class_row, id, mark, meeting, monday_at, run, user},
};
use rollcall::store::entity::{audit_event, dead_event, meeting_occurrence, security_event};
use serde_json::Value;
use std::collections::BTreeSet;
use time::macros::date;

/// All items of a list, by pages of `limit`; `between` is called after each page.
async fn walk(desk: &Desk, list: &str, limit: usize, mut between: impl AsyncFnMut()) -> Vec<Value> {
    let and = if list.contains('?') { '&' } else { '?' };
    let (mut seen, mut more) = (Vec::new(), String::new());
    loop {
        let page = desk.json(&format!("{list}{and}limit={limit}{more}")).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit, "{list}");
        seen.extend(items.clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            return seen;
        };
        more = format!("&cursor={cursor}");
        between().await;
    }
}

async fn fill(desk: &Desk) {
    desk.fill().await;
    for n in 0..3_u32 {
        let row = u128::from(n);
        desk.insert(dead(i64::from(n) + 1)).await;
        desk.insert(audit(900 + row, n)).await;
        desk.insert(security_event::Model {
            id: id(800 + row),
            at: monday_at(u64::from(n / 2)),
            kind: "bad_token".into(),
            count: 1,
        })
        .await;
        let outside = meeting_occurrence::Model {
            outside_schedule: true,
            ..run(
                500 + row,
                &format!("out{n}=="),
                monday_at(0),
                Some(monday_at(50)),
            )
        };
        desk.insert(outside).await;
    }
}

fn dead(seq: i64) -> dead_event::Model {
    dead_event::Model {
        seq,
        occurrence: "runs==".into(),
        meeting: "85512340977".into(),
        kind: "left".into(),
        reason: "fold".into(),
        attempts: 1,
        received_at: CREATED,
        died_at: CREATED,
        redriven: false,
    }
}

fn audit(n: u128, minute: u32) -> audit_event::Model {
    audit_event::Model {
        id: id(n),
        // Some at one instant: their ids decide.
        at: monday_at(u64::from(minute / 2)),
        actor: "command".into(),
        action: "token.created".into(),
        target: format!("token {n}"),
        detail: None,
    }
}

pub(crate) async fn every_filter_goes_on_behind_its_cursor(desk: Desk) {
    fill(&desk).await;
    for (list, expected) in [
        ("meetings?class=c-maths", 2),
        ("meetings?date=2024-10-07", 1),
        ("meetings?date=2024-10-07&class=c-maths&status=started", 1),
        ("meetings?status=scheduled", 1),
        ("occurrences", 8),
        ("occurrences?status=ended", 7),
        ("occurrences?status=started", 1),
        ("occurrences?class=c-maths", 5),
        ("occurrences?date=2024-10-07", 4),
        ("occurrences?outside_schedule=true", 3),
        (
            "occurrences?outside_schedule=false&class=c-maths&date=2024-10-07&status=ended",
            1,
        ),
        ("attendance?class=c-maths", 3),
        ("attendance?student=s-ana&from=2024-10-07&to=2024-10-31", 2),
        ("participation?class=c-maths", 2),
        ("classes", 2),
        ("dead-events?reason=fold", 3),
        ("dead-events?occurrence=runs==", 3),
        ("audit-events?actor=command&action=token.created", 3),
        ("security-events", 3),
    ] {
        let list = format!("/api/v1/{list}");
        let all = desk.items(&list).await;
        assert_eq!(all.len(), expected, "{list}");
        for limit in 1..=all.len() {
            assert_eq!(
                walk(&desk, &list, limit, async || {}).await,
                all,
                "{list} by {limit}"
            );
        }
    }
    for list in [
        "meetings",
        "occurrences",
        "attendance",
        "participation",
        "classes",
        "unmatched",
        "matches",
        "dead-events",
        "audit-events",
        "security-events",
        "tokens",
        "occurrences/runs==/participants",
    ] {
        for bad in [
            "zz",
            "5b22656c73657768657265225d",
            "5b5d",
            "%F0%9F%99%82",
            "5b226d656574696e6773222c312c325d",
        ] {
            let answer = desk
                .request(&format!("/api/v1/{list}?cursor={bad}"))
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 400, "{list} {bad}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            let problem: Value = answer.json().await.unwrap();
            assert_eq!(problem["parameter"], "cursor", "{list} {bad}");
        }
    }
}

/// What was there at the beginning is seen once; what comes meanwhile at most once.
async fn each_once(desk: &Desk, list: &str, keys: &[&str], more: impl AsyncFn(u128)) {
    let list = format!("/api/v1/{list}");
    let told = |items: &[Value]| -> Vec<String> {
        let key = |item: &Value| {
            keys.iter()
                .map(|key| item.pointer(key).unwrap().to_string())
                .collect()
        };
        items.iter().map(key).collect()
    };
    let there = told(&desk.items(&list).await);
    let mut step = 0;
    let seen = walk(desk, &list, 1, async || {
        step += 1;
        if step <= 3 {
            more(step).await;
        }
    })
    .await;
    let seen = told(&seen);
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "{list}: {seen:?}");
    for item in &there {
        assert!(distinct.contains(item), "{list} lost {item}: {seen:?}");
    }
}

pub(crate) async fn rows_that_come_in_between_are_seen_once(desk: Desk) {
    fill(&desk).await;
    let number = |n: u128, first: u128| (first * 10_000_000_000 + n).to_string();
    each_once(&desk, "meetings", &["/zoom_meeting_id"], async |n| {
        desk.insert(meeting(600 + n, &number(n, 1), "scheduled"))
            .await;
        desk.insert(meeting(610 + n, &number(n, 9), "scheduled"))
            .await;
    })
    .await;
    each_once(&desk, "occurrences?class=c-maths", &["/uuid"], async |n| {
        let end = Some(monday_at(50));
        desk.insert(run(620 + n, &format!("early{n}"), monday_at(0), end))
            .await;
        desk.insert(run(630 + n, &format!("zlate{n}"), monday_at(9), end))
            .await;
    })
    .await;
    each_once(&desk, "classes", &["/id"], async |n| {
        desk.insert(class_row(n, "Before", &format!("b-{n}"))).await;
        desk.insert(class_row(640 + n, "After", &format!("a-{n}")))
            .await;
    })
    .await;
    each_once(
        &desk,
        "attendance",
        &["/student/id", "/class/id", "/date"],
        async |n| {
            let student = 650 + n;
            desk.insert(user(
                student,
                "student",
                "Zoe",
                &format!("s-{student}"),
                None,
            ))
            .await;
            desk.insert(mark(student, student, 20, date!(2024 - 10 - 01), "present"))
                .await;
        },
    )
    .await;
    each_once(&desk, "dead-events", &["/seq"], async |n| {
        desk.insert(dead(100 + i64::try_from(n).unwrap())).await;
    })
    .await;
    each_once(&desk, "audit-events", &["/id"], async |n| {
        desk.insert(audit(910 + n, 0)).await;
        desk.insert(audit(920 + n, 30)).await;
    })
    .await;
}
