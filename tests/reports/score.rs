//! What marks come to, one occurrence, the classes: expectations worked by hand from the rows of `school`.

use crate::{
    desk::Desk,
    pick,
    school::{id, mark},
};
use rollcall::store::entity::attendance_record;
use serde_json::{Value, json};
use time::macros::date;

/// Ana's maths: four lessons present, three partial, one absent, one excused; history has one of Ben's by hand.
pub(crate) async fn fill(desk: &Desk) {
    desk.fill().await;
    for (n, (day, status)) in [
        (date!(2024 - 11 - 04), "present"),
        (date!(2024 - 11 - 11), "present"),
        (date!(2024 - 11 - 18), "present"),
        (date!(2024 - 11 - 25), "partial"),
        (date!(2024 - 12 - 02), "partial"),
        (date!(2024 - 12 - 09), "absent"),
    ]
    .into_iter()
    .enumerate()
    {
        desk.insert(mark(200 + n as u128, 11, 20, day, status))
            .await;
    }
    desk.insert(attendance_record::Model {
        source: "manual".into(),
        ..mark(210, 11, 20, date!(2024 - 12 - 16), "excused")
    })
    .await;
}

fn counts(item: &Value) -> Value {
    let names = [
        "lessons", "present", "partial", "absent", "other", "manual", "score",
    ];
    names.iter().map(|name| item[name].clone()).collect()
}

pub(crate) async fn marks_come_to_a_score(desk: Desk) {
    fill(&desk).await;
    let all = desk.items("/api/v1/participation").await;
    let whose: Vec<_> = all
        .iter()
        .map(|one| (&one["class"]["id"], &one["student"]["id"]))
        .collect();
    assert_eq!(
        whose,
        [
            (&json!(id(20)), &json!(id(11))),
            (&json!(id(20)), &json!(id(13))),
            (&json!(id(21)), &json!(id(12))),
        ]
    );
    // Ana: (4 + 3 * 0.5) / 8; Cleo was absent once; Ben present once, by hand.
    assert_eq!(counts(&all[0]), json!([8, 4, 3, 1, 1, 1, 0.6875]));
    assert_eq!(counts(&all[1]), json!([1, 0, 0, 1, 0, 0, 0.0]));
    assert_eq!(counts(&all[2]), json!([1, 1, 0, 0, 0, 1, 1.0]));

    // November alone: three present, one partial.
    let november = "class=c-maths&student=s-ana&from=2024-11-01&to=2024-11-30";
    let november = desk
        .items(&format!("/api/v1/participation?{november}"))
        .await;
    assert_eq!(pick(&november, "/student/full_name"), ["Ana Ávila"]);
    assert_eq!(counts(&november[0]), json!([4, 3, 1, 0, 0, 0, 0.875]));

    // Nothing but an excused lesson is no score.
    let excused = desk.items("/api/v1/participation?from=2024-12-16").await;
    assert_eq!(
        excused.iter().map(counts).collect::<Vec<_>>(),
        [json!([0, 0, 0, 0, 1, 1, null])]
    );

    let first = desk.json("/api/v1/participation?limit=2").await;
    assert_eq!(first["items"], json!(all[..2]));
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = desk
        .items(&format!("/api/v1/participation?cursor={cursor}"))
        .await;
    assert_eq!(json!(rest), json!(all[2..]));

    let csv = desk.csv("/api/v1/participation").await;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[0],
        "student_id,student_sourced_id,student_email,student_full_name,class_id,class_sourced_id,class_name,\
         lessons,present,partial,absent,other,manual,score"
    );
    assert!(lines[1].ends_with(",Maths 9/2,8,4,3,1,1,1,0.6875"), "{csv}");
    assert!(
        lines[2].contains(",'@s-cleo,,\"'=HYPERLINK("),
        "{}",
        lines[2]
    );
}

pub(crate) async fn one_occurrence_is_shown(desk: Desk) {
    desk.fill().await;
    let monday = desk
        .json("/api/v1/occurrences/k8%2FTz1%2BWQ6q%2F%2FvR3sYpHdA%3D%3D")
        .await;
    assert_eq!(
        monday,
        json!({
            "uuid": crate::school::RUN,
            "zoom_meeting_id": crate::school::NUMBER,
            "title": "Year 9 Maths — Set 2",
            "class": { "id": id(20), "sourced_id": "c-maths", "name": "Maths 9/2" },
            "date": "2024-10-07",
            "status": "ended",
            "started_at": "2024-10-07T08:00:00Z",
            "ended_at": "2024-10-07T08:50:00Z",
            "ended_by": "event",
            "timezone": "Europe/London",
            "present_after_seconds": 900,
            "outside_schedule": false,
            "people": 3,
            "here": 0,
            "finality": "final",
        })
    );
    let running = desk.json("/api/v1/occurrences/runs%3D%3D").await;
    for (member, value) in [
        ("status", json!("started")),
        ("ended_at", Value::Null),
        ("ended_by", Value::Null),
        ("people", json!(0)),
        ("here", json!(0)),
        ("finality", json!("provisional")),
    ] {
        assert_eq!(running[member], value, "{member}");
    }
    let nowhere = desk.request("/api/v1/occurrences/nowhere").send().await;
    assert_eq!(nowhere.unwrap().status(), 404);
}

pub(crate) async fn classes_are_listed(desk: Desk) {
    desk.fill().await;
    let maths = json!({ "id": id(20), "sourced_id": "c-maths", "name": "Maths 9/2" });
    let history = json!({ "id": id(21), "sourced_id": "c-history", "name": "History" });
    assert_eq!(
        desk.items("/api/v1/classes").await,
        [maths.clone(), history.clone()]
    );
    let first = desk.json("/api/v1/classes?limit=1").await;
    assert_eq!(first["items"], json!([maths]));
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = desk
        .items(&format!("/api/v1/classes?cursor={cursor}"))
        .await;
    assert_eq!(rest, [history]);
    let csv = desk.csv("/api/v1/classes").await;
    assert_eq!(
        csv.lines().next(),
        Some("class_id,class_sourced_id,class_name")
    );
    assert_eq!(csv.lines().count(), 3);
}
