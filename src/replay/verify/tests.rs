//! Against a read API that shows the oracle's marks, altered or not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use jiff::civil::{Date, date};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::*;
use crate::replay::oracle;
use crate::replay::traffic::{self, Shares};

const DAY: Date = date(2026, 10, 5);
const SEED: u64 = 3;
const TOKEN: &str = "a token of the tests";
/// What the stub gives of a page, whatever it is asked for: a class takes several.
const PAGE: usize = 4;
/// Long enough for a few rounds.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the service shows: its marks, by class.
type Marks = BTreeMap<String, Vec<(Key, Found)>>;

/// A service that shows `marks`, after so many questions answered with nothing and so many with 503.
struct Stub {
    marks: Marks,
    questions: AtomicUsize,
    empty: usize,
    down: usize,
}

struct Service {
    api: Api,
    base: String,
    handle: ServerHandle,
}

impl Service {
    fn start(marks: Marks, empty: usize, down: usize) -> Self {
        let state = web::Data::new(Stub {
            marks,
            questions: AtomicUsize::new(0),
            empty,
            down,
        });
        let app = move || {
            App::new()
                .app_data(state.clone())
                .route("/api/v1/attendance", web::get().to(answer))
        };
        let server = HttpServer::new(app).workers(1).disable_signals();
        let server = server.bind(("127.0.0.1", 0)).expect("a free port");
        let base = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let api = Api::new(&base, Some(SecretString::from(TOKEN))).expect("a client");
        Self { api, base, handle }
    }

    async fn verify(&self, school: &School, sent: Sent<'_>) -> Result<Verdict, Error> {
        verify(&self.api, school, sent, PATIENCE, |_| ()).await
    }
}

async fn answer(
    request: HttpRequest,
    query: web::Query<BTreeMap<String, String>>,
    stub: web::Data<Stub>,
) -> HttpResponse {
    let number = stub.questions.fetch_add(1, Ordering::Relaxed);
    let token = request.headers().get("authorization");
    if token.is_none_or(|token| token != format!("Bearer {TOKEN}").as_str()) {
        return HttpResponse::Unauthorized().finish();
    }
    if number < stub.down {
        return HttpResponse::ServiceUnavailable().finish();
    }
    let day = DAY.to_string();
    let from = query.get("from").or(query.get("date")).unwrap_or(&day);
    let to = query.get("to").or(query.get("date")).unwrap_or(&day);
    let all: Vec<&(Key, Found)> = if number < stub.down + stub.empty {
        Vec::new()
    } else {
        let class = stub.marks.get(&query["class"]).into_iter().flatten();
        class
            .filter(|(key, _)| (from..=to).contains(&&key.date.to_string()))
            .collect()
    };
    let first: usize = query
        .get("cursor")
        .map_or(0, |cursor| cursor.parse().expect("a cursor"));
    let items = all.iter().skip(first).take(PAGE).map(|(key, found)| {
        json!({
            "student": {"id": "8c5b", "sourced_id": key.student, "email": null, "full_name": "Amira Haddad"},
            "class": {"id": "77", "sourced_id": key.class, "name": "Maths"}, "date": key.date.to_string(),
            "status": found.status, "seconds": found.seconds, "source": "zoom", "finality": "final",
        })
    });
    let items: Vec<Value> = items.collect();
    let next = (all.len() > first + PAGE).then(|| (first + PAGE).to_string());
    HttpResponse::Ok().json(json!({"items": items, "next_cursor": next}))
}

/// Three classes of ten on one day.
fn day() -> (School, Vec<Delivery>) {
    let school = School::sample(3, 10, DAY, SEED);
    let deliveries = traffic::day(&school, DAY, SEED, Shares::DAY);
    (school, deliveries)
}

/// What a service shows that makes no mistake.
fn right(school: &School, deliveries: &[Delivery]) -> Marks {
    let mut marks = Marks::new();
    for (key, mark) in oracle::marks(school, deliveries.iter().map(|sent| sent.body.as_str())) {
        let found = Found {
            status: mark.status.word().to_owned(),
            seconds: Some(i64::from(mark.seconds)),
        };
        let class = marks.entry(key.class.clone()).or_default();
        class.push((key, found));
    }
    marks
}

fn all(deliveries: &[Delivery]) -> (Vec<bool>, &[Delivery]) {
    (vec![true; deliveries.len()], deliveries)
}

#[actix_web::test]
async fn right_marks_are_found_right_page_by_page() {
    let (school, deliveries) = day();
    let (taken, deliveries) = all(&deliveries);
    let service = Service::start(right(&school, deliveries), 0, 0);
    let sent = Sent {
        deliveries,
        taken: &taken,
    };
    let verdict = service.verify(&school, sent).await.expect("a verdict");
    assert_eq!((verdict.checked, verdict.right), (30, 30));
    assert_eq!((verdict.wrong, verdict.unjudged), (0, 0));
    assert_eq!(verdict.listed, []);
    service.handle.stop(false).await;
}

#[actix_web::test]
async fn it_waits_for_a_service_that_is_not_there_yet() {
    let (school, deliveries) = day();
    let (taken, deliveries) = all(&deliveries);
    let service = Service::start(right(&school, deliveries), 3, 2);
    let sent = Sent {
        deliveries,
        taken: &taken,
    };
    let mut seen = Vec::new();
    let verdict = verify(&service.api, &school, sent, PATIENCE, |now| seen.push(now));
    let verdict = verdict.await.expect("a verdict");
    assert_eq!((verdict.right, verdict.wrong), (30, 0));
    assert_eq!(seen.first(), Some(&Progress { right: 0, of: 30 }));
    assert_eq!(seen.last(), Some(&Progress { right: 30, of: 30 }));
    service.handle.stop(false).await;
}

/// One second less, another word, one missing, one too many.
#[actix_web::test]
async fn every_kind_of_wrong_mark_is_found_out() {
    let (school, deliveries) = day();
    let (taken, deliveries) = all(&deliveries);
    let mut marks = right(&school, deliveries);
    let off = marks.get_mut("class-000").expect("a class");
    let there = |(_, found): &(Key, Found)| found.status == "present";
    let place = off.iter().position(there).expect("somebody was there");
    let seconds = off[place].1.seconds.expect("seconds");
    off[place].1.seconds = Some(seconds - 1);
    let wrong_seconds = off[place].0.clone();
    let reworded = marks.get_mut("class-001").expect("a class");
    reworded[5].1.status = "excused".to_owned();
    let wrong_word = reworded[5].0.clone();
    let (missing, _) = marks.get_mut("class-002").expect("a class").remove(7);
    let extra = Key {
        class: "class-002".to_owned(),
        date: DAY,
        student: "teacher-002".to_owned(),
    };
    let found = Found {
        status: "present".to_owned(),
        seconds: Some(3000),
    };
    let third = marks.get_mut("class-002").expect("a class");
    third.push((extra.clone(), found.clone()));
    // Of a day on which nothing was sent: none of ours.
    let yesterday = Key {
        date: DAY.yesterday().expect("a date"),
        ..extra.clone()
    };
    third.push((yesterday, found.clone()));

    let service = Service::start(marks, 0, 0);
    let sent = Sent {
        deliveries,
        taken: &taken,
    };
    let verdict = service.verify(&school, sent).await.expect("a verdict");
    assert_eq!((verdict.checked, verdict.right, verdict.wrong), (31, 27, 4));
    let keys: Vec<&Key> = verdict.listed.iter().map(|wrong| &wrong.key).collect();
    assert_eq!(keys, [&wrong_seconds, &wrong_word, &missing, &extra]);
    let [less, word, gone, more] = &verdict.listed[..] else {
        panic!("four are listed");
    };
    let expected = less.expected.expect("a mark");
    assert_eq!(i64::from(expected.seconds), seconds);
    assert_eq!(
        less.found.as_ref().expect("a mark").seconds,
        Some(seconds - 1)
    );
    assert_eq!(word.found.as_ref().expect("a mark").status, "excused");
    assert!(gone.found.is_none() && gone.expected.is_some());
    assert!(more.found == Some(found) && more.expected.is_none());
    service.handle.stop(false).await;
}

#[actix_web::test]
async fn all_wrong_marks_are_counted_and_the_first_are_listed() {
    let (school, deliveries) = day();
    let (taken, deliveries) = all(&deliveries);
    let service = Service::start(Marks::new(), 0, 0);
    let sent = Sent {
        deliveries,
        taken: &taken,
    };
    let verdict = service.verify(&school, sent).await.expect("a verdict");
    assert_eq!((verdict.right, verdict.wrong), (0, 30));
    assert_eq!(verdict.listed.len(), LISTED);
    service.handle.stop(false).await;
}

/// The second class's end was not acknowledged; one join of the third class was not either.
#[actix_web::test]
async fn what_nobody_can_know_is_not_judged() {
    let (school, mut deliveries) = day();
    deliveries.sort_by(|a, b| a.body.cmp(&b.body));
    deliveries.dedup_by(|a, b| a.body == b.body);
    let marks = right(&school, &deliveries);
    let number = |class: usize| school.classes[class].meeting.number.to_string();
    let (ended, joined) = (r#""event":"meeting.ended""#, "_joined\"}");
    let mut taken = vec![true; deliveries.len()];
    for (index, sent) in deliveries.iter().enumerate() {
        if sent.body.contains(&number(1)) && sent.body.contains(ended) {
            taken[index] = false;
        }
    }
    let join = deliveries.iter().position(|sent| {
        sent.body.contains(&number(2))
            && sent.body.ends_with(joined)
            && sent.body.contains("student-0007")
    });
    taken[join.expect("the student with a customer key came")] = false;
    let service = Service::start(marks, 0, 0);
    let sent = Sent {
        deliveries: &deliveries,
        taken: &taken,
    };
    let verdict = service.verify(&school, sent).await.expect("a verdict");
    // The service has kept the join. Of that class the others' marks are as they must be.
    assert_eq!((verdict.right, verdict.wrong), (19, 0));
    assert_eq!(verdict.unjudged, 11);
    service.handle.stop(false).await;
}

#[actix_web::test]
async fn the_events_behind_a_wrong_mark_are_the_students_and_the_lessons() {
    let (school, deliveries) = day();
    let (taken, deliveries) = all(&deliveries);
    let mut marks = right(&school, deliveries);
    // By registration, so that the name and the id are all that the events carry.
    let class = marks.get_mut("class-001").expect("a class");
    let place = class
        .iter()
        .position(|(key, found)| key.student == "student-0004" && found.seconds > Some(0))
        .expect("the student came");
    class[place].1.seconds = Some(1);
    let service = Service::start(marks, 0, 0);
    let sent = Sent {
        deliveries,
        taken: &taken,
    };
    let verdict = service.verify(&school, sent).await.expect("a verdict");
    let [wrong] = &verdict.listed[..] else {
        panic!("one is listed");
    };
    let kinds: Vec<&str> = wrong
        .events
        .iter()
        .map(|event| event.kind.as_str())
        .collect();
    assert!(kinds.contains(&"meeting.ended"), "{kinds:?}");
    assert!(kinds.contains(&"meeting.participant_joined"), "{kinds:?}");
    assert!(wrong.events.iter().all(|event| event.is_taken));
    let arrivals: Vec<i64> = wrong.events.iter().map(|event| event.arrives_ms).collect();
    assert!(arrivals.is_sorted(), "{arrivals:?}");
    // Of one student and of nobody else: those tied by a connection have the connection of one that names the student.
    let id = school.classes[1].enrolled[4].registrant_id.clone();
    let id = id.expect("registered");
    let named = format!("registrant_id {}…", &id[..8]);
    let joins = wrong
        .events
        .iter()
        .filter(|event| event.kind.ends_with("_joined"));
    assert!(joins.clone().count() > 0);
    for join in joins {
        assert_eq!(join.keys, [named.as_str()]);
        assert!(join.connection.is_some());
    }
    let text = format!("{:?}", wrong.events);
    let (given, family) = &school.students[4].name;
    assert!(!text.contains(&id) && !text.contains('@'), "{text}");
    assert!(
        !text.contains(given.as_str()) && !text.contains(family.as_str()),
        "{text}"
    );
    service.handle.stop(false).await;
}

#[actix_web::test]
async fn a_wrong_token_is_no_reason_to_wait() {
    let (school, deliveries) = day();
    let (taken, deliveries) = all(&deliveries);
    let service = Service::start(right(&school, deliveries), 0, 0);
    let sent = Sent {
        deliveries,
        taken: &taken,
    };
    let nobody = Api::new("http://127.0.0.1:1", None).expect("a client");
    let hour = Duration::from_hours(1);
    let stranger = Api::new(&service.base, None).expect("a client");
    let refused = verify(&stranger, &school, sent, hour, |_| ()).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    let down = verify(&nobody, &school, sent, PATIENCE, |_| ()).await;
    assert!(matches!(down, Err(Error::Unavailable(_))), "{down:?}");
    service.handle.stop(false).await;
}
