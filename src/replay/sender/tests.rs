//! Against a small server that answers as told.

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use secrecy::SecretString;

use super::*;

/// What the server does with each request, in order; afterwards it takes everything.
type Plan = Arc<Mutex<Vec<u16>>>;
/// Bodies in order of arrival, with whether their signature is right.
type Seen = Arc<Mutex<Vec<(String, bool)>>>;

/// The time at which everything is signed.
const NOON: i64 = 1_791_201_600;

fn keys() -> SigningKeys {
    SigningKeys::new(&[SecretString::from("a secret of the tests")]).expect("a key")
}

async fn answer(
    request: HttpRequest,
    body: web::Bytes,
    state: web::Data<(Plan, Seen)>,
) -> HttpResponse {
    let (plan, seen) = &**state;
    let header = |name| {
        request
            .headers()
            .get(name)
            .map(actix_web::http::header::HeaderValue::as_bytes)
    };
    let signature = header("x-zm-signature");
    let right = keys()
        .verify(signature, header("x-zm-request-timestamp"), &body, NOON, 0)
        .is_ok();
    let text = String::from_utf8(body.to_vec()).expect("text");
    seen.lock().expect("not poisoned").push((text, right));
    let status = plan.lock().expect("not poisoned").pop().unwrap_or(200);
    HttpResponse::build(actix_web::http::StatusCode::from_u16(status).expect("a status")).finish()
}

/// Sends `count` deliveries to a server that answers with `plan` first.
async fn play(plan: &[u16], count: usize, connections: usize) -> (Counts, Vec<(String, bool)>) {
    let seen = Seen::default();
    let plan = Arc::new(Mutex::new(plan.iter().rev().copied().collect::<Vec<_>>()));
    let state = web::Data::new((plan, seen.clone()));
    let app = move || {
        App::new()
            .app_data(state.clone())
            .route("/hook", web::post().to(answer))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .bind(("127.0.0.1", 0))
        .expect("a free port");
    let url = format!("http://{}/hook", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let deliveries = (0..count)
        .map(|number| Delivery {
            at: 0,
            body: format!("{{\"number\":{number}}}"),
            request_id: number.to_string(),
        })
        .collect();
    let counts = Sender::new(url, keys(), || NOON)
        .expect("a client")
        .send(deliveries, connections, || ())
        .await;
    handle.stop(false).await;
    running.await.expect("ran").expect("served");
    let seen = std::mem::take(&mut *seen.lock().expect("not poisoned"));
    (counts, seen)
}

#[actix_web::test]
async fn one_connection_keeps_the_order_and_every_body_is_signed() {
    let (counts, seen) = play(&[], 20, 1).await;
    assert_eq!(
        counts,
        Counts {
            taken: 20,
            ..Counts::default()
        }
    );
    let sent: Vec<_> = (0..20)
        .map(|number| (format!("{{\"number\":{number}}}"), true))
        .collect();
    assert_eq!(seen, sent);
}

#[actix_web::test]
async fn several_connections_send_everything_once() {
    let (counts, mut seen) = play(&[], 50, 6).await;
    assert_eq!(
        counts,
        Counts {
            taken: 50,
            ..Counts::default()
        }
    );
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 50);
}

#[actix_web::test]
async fn a_server_error_is_tried_again_and_a_refusal_is_not() {
    let (counts, seen) = play(&[503, 500, 200, 401], 2, 1).await;
    assert_eq!(
        counts,
        Counts {
            taken: 1,
            refused: 1,
            lost: 0,
            retries: 2
        }
    );
    assert_eq!(seen.len(), 4);
}
