//! The bare ceiling: a server that verifies and parses each webhook, answers 200 and keeps nothing.
//!
//! What no service over actix-web can be faster than on this machine; everything else is measured as a share of it.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::{Context, Result};
use rollcall::{
    clock,
    zoom::{envelope::Envelope, signature::SigningKeys, translate::translate},
};
use secrecy::SecretString;

/// Seconds that a request's time may be from now.
const TOLERANCE: i64 = 600;

/// Serves on `address` until the process ends.
pub(crate) async fn serve(address: &str, secret: &str) -> Result<()> {
    let keys = SigningKeys::new(&[SecretString::from(secret)]).context("a secret")?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(keys.clone()))
            .route("/api/zoom/webhook", web::post().to(receive))
    });
    Ok(server.bind(address)?.run().await?)
}

async fn receive(
    request: HttpRequest,
    body: web::Bytes,
    keys: web::Data<SigningKeys>,
) -> HttpResponse {
    let header = |name| request.headers().get(name).map(|value| value.as_bytes());
    let verified = keys.verify(
        header("x-zm-signature"),
        header("x-zm-request-timestamp"),
        &body,
        clock::now().0,
        TOLERANCE,
    );
    if verified.is_err() {
        return HttpResponse::Unauthorized().finish();
    }
    let Ok(envelope) = Envelope::parse(&body) else {
        return HttpResponse::BadRequest().finish();
    };
    std::hint::black_box(translate(&envelope));
    HttpResponse::Ok()
        .content_type("application/json")
        .body(r#"{"received":true}"#)
}
