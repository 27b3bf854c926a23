//! One run, worked out by hand, said in each of the three ways.

use std::time::Duration;

use jiff::civil::date;
use serde_json::{Value, json};

use super::*;
use crate::replay::load::measured::{Ended, Second};
use crate::replay::oracle::{Key, Mark, Status};
use crate::replay::verify::{Event, Found, Wrong};

/// 2026-10-05 09:00:00 UTC.
const NINE: i64 = 1_791_190_800_000;

/// A thousand answers in three seconds: 989 of 1 ms, ten of 40 ms, one of 2.5 s. Two requests were answered 503.
fn run() -> Measured {
    let mut measured = Measured::nothing(NINE, 1003);
    measured.took = Duration::from_millis(2500);
    measured.taken = 1000;
    measured.unsent = 3;
    measured.ended = Ended::Interrupted;
    measured.requests = 1002;
    measured.retries = 2;
    measured.unavailable = 2;
    for (micros, times) in [(1000, 989), (40_000, 10), (2_500_000, 1)] {
        let recorded = measured.latency.record_n(micros, times);
        recorded.expect("within a day");
        let recorded = measured.service.record_n(micros / 2, times);
        recorded.expect("within a day");
    }
    let second = |planned, taken, errors, p50, max| Second {
        planned,
        taken,
        errors,
        p50,
        p99: max,
        max,
    };
    measured.seconds = vec![
        second(500, 499, 2, 1000, 40_000),
        second(500, 500, 0, 1000, 2_500_000),
        second(0, 1, 0, 0, 0),
    ];
    measured
}

fn wrong(student: &str, status: &str) -> Wrong {
    Wrong {
        key: Key {
            class: "class-007".to_owned(),
            date: date(2026, 10, 5),
            student: student.to_owned(),
        },
        expected: Some(Mark {
            status: Status::Present,
            seconds: 2700,
        }),
        found: Some(Found {
            status: status.to_owned(),
            seconds: Some(12),
        }),
        events: vec![Event {
            kind: "meeting.participant_joined".to_owned(),
            at: Some("2026-10-05T09:00:12Z".parse().expect("an instant")),
            arrives_ms: NINE + 14_000,
            is_taken: false,
            occurrence: "k8/Tz1+W…".to_owned(),
            connection: Some("3F9A61C2…".to_owned()),
            keys: vec!["customer_key student-0003".to_owned(), "email".to_owned()],
        }],
    }
}

fn verdict(listed: Vec<Wrong>) -> Verdict {
    let wrong = listed.len() as u64;
    Verdict {
        checked: 900,
        right: 900 - wrong,
        wrong,
        unjudged: 0,
        listed,
        settled: Duration::from_millis(1200),
    }
}

fn check(threshold: &str, found: &str, crossed: bool) -> Check {
    Check {
        threshold: threshold.to_owned(),
        found: found.to_owned(),
        crossed,
    }
}

fn report() -> Report {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Report {
        settings: vec![
            pair("url", "http://127.0.0.1:8080/"),
            pair("connections", "64"),
        ],
        seed: Some(7),
        measured: run(),
        marks: Some(Ok(verdict(vec![wrong("student-0003", "partial")]))),
        checks: vec![
            check("p99>50ms", "40.0 ms", false),
            check("errors>0", "2", true),
        ],
    }
}

#[test]
fn a_terminal_is_told_all_that_counts_in_a_few_lines() {
    let expected = "\
sent        1,000 of 1,003 deliveries taken in 2.5 s, 400 a second, INTERRUPTED
            refused 0, lost 0, waiting for a retry 0, unsent 3
requests    1,002, retries 2, 5xx 2, time-outs 0, broken 0, behind 0
latency     p50 1.00 ms, p90 1.00 ms, p99 40.0 ms, p99.9 40.0 ms, p99.99 2.50 s, max 2.50 s
service     p50 0.50 ms, p90 0.50 ms, p99 20.0 ms, p99.9 20.0 ms, p99.99 1.25 s, max 1.25 s
marks       1 of 900 WRONG; the last change came 1.2 s after they were first asked for
  wrong     class-007 2026-10-05 student-0003: must be present, 2,700 s; is partial, 12 s
              09:00:12 (came 09:00:14) meeting.participant_joined  run k8/Tz1+W… connection 3F9A61C2… \
customer_key student-0003 email NOT ACKNOWLEDGED
            What an earlier run sent for the same classes and date counts too: verify with a fresh database, another \
--date, or the same --seed.
fail if     p99>50ms: ok, found 40.0 ms
fail if     errors>0: FAILED, found 2
seed        7
";
    assert_eq!(report().text(), expected);
}

#[test]
fn a_run_of_which_nothing_came_is_told_too() {
    let empty = Report {
        settings: Vec::new(),
        seed: None,
        measured: Measured::nothing(NINE, 0),
        marks: Some(Err("the read API does not answer".to_owned())),
        checks: Vec::new(),
    };
    let text = empty.text();
    assert!(text.contains("latency     no answers\n"), "{text}");
    assert!(
        text.contains("NOT VERIFIED: the read API does not answer\n"),
        "{text}"
    );
    let json: Value = serde_json::from_str(&empty.json()).expect("JSON");
    assert_eq!(json["latency_us"]["p99"], Value::Null);
    assert_eq!(json["marks_error"], "the read API does not answer");
    let page = empty.html().expect("a page");
    assert!(page.contains("There were no answers."));
}

#[test]
fn right_marks_and_kept_thresholds_take_no_lines_of_their_own() {
    let mut report = report();
    report.measured.ended = Ended::Complete;
    report.measured.unsent = 0;
    report.marks = Some(Ok(verdict(Vec::new())));
    let text = report.text();
    assert!(
        text.contains("marks       all 900 right, 1.2 s after"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 8, "{text}");
}

#[test]
fn programs_find_every_field_with_its_unit() {
    let json: Value = serde_json::from_str(&report().json()).expect("JSON");
    let latency = json!({
        "count": 1000, "min": 1000, "mean": json["latency_us"]["mean"], "p50": 1000, "p90": 1000,
        "p99": json["latency_us"]["p99"], "p99.9": json["latency_us"]["p99.9"], "p99.99": json["latency_us"]["p99.99"],
        "max": json["latency_us"]["max"],
    });
    assert_eq!(json["latency_us"], latency, "these fields and no others");
    // A histogram's buckets are as wide as a thousandth.
    let near = |field: &str, micros: f64| {
        let found = json["latency_us"][field].as_f64().expect("a number");
        assert!((found / micros - 1.0).abs() < 0.002, "{field}: {found}");
    };
    near("p99", 40_000.0);
    near("p99.9", 40_000.0);
    near("p99.99", 2_500_000.0);
    near("max", 2_500_000.0);
    near("mean", 989.0 + 400.0 + 2500.0);
    assert_eq!(json["format"], 1);
    assert_eq!(json["begun_at"], "2026-10-05T09:00:00Z");
    assert_eq!(json["took_seconds"], 2.5);
    assert_eq!(json["ended"], "interrupted");
    assert_eq!(json["seed"], 7);
    assert_eq!(
        json["settings"],
        json!({"url": "http://127.0.0.1:8080/", "connections": "64"})
    );
    assert_eq!(json["url_validation"], Value::Null);
    let deliveries = json!({"planned": 1003, "taken": 1000, "refused": 0, "lost": 0, "waiting": 0, "unsent": 3,
        "taken_per_second": 400.0});
    assert_eq!(json["deliveries"], deliveries);
    let requests = json!({"sent": 1002, "retries": 2, "errors": 2, "unavailable": 2, "timeouts": 0, "broken": 0,
        "behind": 0});
    assert_eq!(json["requests"], requests);
    let last = json!({"second": 2, "planned": 0, "taken": 1, "errors": 0, "p50_us": null, "p99_us": null,
        "max_us": null});
    assert_eq!(json["seconds"][2], last);
    let crossed = json!({"fail_if": "errors>0", "found": "2", "crossed": true});
    assert_eq!(json["thresholds"][1], crossed);
    let marks = json!({
        "checked": 900, "right": 899, "wrong": 1, "unjudged": 0, "settled_seconds": 1.2,
        "listed": [{
            "class": "class-007", "date": "2026-10-05", "student": "student-0003",
            "expected": {"status": "present", "seconds": 2700}, "found": {"status": "partial", "seconds": 12},
            "events": [{
                "event": "meeting.participant_joined", "at": "2026-10-05T09:00:12Z",
                "arrives_at": "2026-10-05T09:00:14Z", "acknowledged": false, "occurrence": "k8/Tz1+W…",
                "connection": "3F9A61C2…", "keys": ["customer_key student-0003", "email"],
            }],
        }],
    });
    assert_eq!(json["marks"], marks);
}

#[test]
fn the_page_holds_its_charts_and_the_same_numbers_in_tables() {
    let page = report().html().expect("a page");
    for part in [
        "✗ Failed",
        "1 of 900 marks are wrong.",
        "errors&#62;0: found 2.",
        "data-chart=\"percentiles\"",
        "data-chart=\"throughput\"",
        "data-chart=\"latency\"",
        "<th scope=\"row\">p99.9</th><td class=\"number\">40.0 ms</td><td class=\"number\">20.0 ms</td>",
        "student-0003 in class-007, 2026-10-05",
        "seed 7",
        "<td class=\"long\">64</td>",
        "var uPlot=",
        "Permission is hereby granted",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(
        page.matches("</script>").count(),
        3,
        "the data, the library, the charts"
    );
}

/// Where a browser would fetch something.
#[test]
fn the_page_needs_no_network() {
    let page = report().html().expect("a page");
    for part in [
        "src=",
        "href=",
        "@import",
        "url(",
        "fetch(",
        "XMLHttpRequest",
    ] {
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn what_others_wrote_stays_text() {
    let hostile =
        "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u{1b}[2J\n\"'&<!--";
    let mut report = report();
    report.settings = vec![(hostile.to_owned(), hostile.to_owned())];
    report.checks = vec![check(hostile, hostile, true)];
    let mut wrong = wrong(hostile, hostile);
    wrong.key.class = hostile.to_owned();
    let event = &mut wrong.events[0];
    event.kind = hostile.to_owned();
    event.occurrence = hostile.to_owned();
    event.connection = Some(hostile.to_owned());
    event.keys = vec![hostile.to_owned()];
    report.marks = Some(Ok(verdict(vec![wrong])));
    let page = report.html().expect("a page");
    assert_eq!(
        page.matches("</script>").count(),
        3,
        "none but the page's own"
    );
    assert!(!page.contains("<img") && !page.contains("<script>alert"));
    report.marks = Some(Err(hostile.to_owned()));
    let page = report.html().expect("a page");
    assert!(!page.contains("<img") && page.matches("</script>").count() == 3);

    let json: Value = serde_json::from_str(&report.json()).expect("JSON");
    assert_eq!(json["settings"][hostile], hostile);
}

#[test]
fn what_others_wrote_does_not_move_a_terminals_cursor() {
    let mut report = report();
    let mut wrong = wrong("student\u{1b}[2J\n0003", "partial\u{1b}[2J\r\n");
    wrong.events[0].kind = "meeting.\u{1b}]0;x\u{7}\nended".to_owned();
    report.marks = Some(Ok(verdict(vec![wrong])));
    let text = report.text();
    assert!(
        text.chars().all(|c| c == '\n' || !c.is_control()),
        "{text:?}"
    );
    assert_eq!(text.lines().count(), report_lines());
}

/// As many as without.
fn report_lines() -> usize {
    report().text().lines().count()
}

#[test]
fn a_long_run_is_a_table_that_can_be_read() {
    let mut report = report();
    let second = Second {
        planned: 10,
        taken: 9,
        errors: 1,
        p50: 1000,
        p99: 2000,
        max: 3000,
    };
    report.measured.seconds = vec![second; 3000];
    report.measured.seconds[61].max = 9000;
    let page = report.html().expect("a page");
    assert!(page.contains("Each line sums up 60 seconds"));
    let line = "<th scope=\"row\" class=\"number\">60 s</th><td class=\"number\">600</td>\
                <td class=\"number\">540</td><td class=\"number\">60</td><td class=\"number\">1.00 ms</td>\
                <td class=\"number\">2.00 ms</td><td class=\"number\">9.00 ms</td>";
    assert!(page.contains(line));
    assert_eq!(
        page.matches("<th scope=\"row\" class=\"number\">").count(),
        50
    );
}

#[test]
fn the_curve_goes_from_the_fastest_to_the_longest() {
    let curve = quantiles::curve(&run().latency);
    let (first, last) = (curve[0], curve[curve.len() - 1]);
    assert!((first.0 - 1.0).abs() < f64::EPSILON && first.1 == 1000);
    assert!((last.0 - 1000.0).abs() < f64::EPSILON, "one in a thousand");
    assert_eq!(last.1, run().latency.max());
    assert!(curve.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1));
    assert_eq!(curve.len(), 73, "24 steps a decade, and the end");
}
