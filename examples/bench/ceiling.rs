//! The bare ceiling: a server that verifies and parses each webhook, answers 200 and keeps nothing.
//!
//! What no service over actix-web can be faster than on this machine; everything else is measured as a share of it.

use crate::{process::Process, service::SECRET};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::{Context, Result};
use rollcall::{
    clock,
    zoom::{envelope::Envelope, signature::SigningKeys, translate::translate},
};
use secrecy::SecretString;
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

/// Seconds that a request's time may be from now.
const TOLERANCE: i64 = 600;

/// Serves on a free port of loopback until the process ends, and prints its address.
pub(crate) async fn serve() -> Result<()> {
    let keys = SigningKeys::new(&[SecretString::from(SECRET)]).context("a secret")?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(keys.clone()))
            .route("/api/zoom/webhook", web::post().to(receive))
    });
    let server = server.bind("127.0.0.1:0")?;
    println!("{}", server.addrs().first().context("an address")?);
    Ok(server.run().await?)
}

/// Starts it as a process of its own; with the URL where it takes webhooks.
pub(crate) fn start() -> Result<(Process, String)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("ceiling").stdin(Stdio::null());
    let mut process = Process::start(command.stdout(Stdio::piped()))?;
    let told = process.child().stdout.take().context("its output")?;
    let mut address = String::new();
    BufReader::new(told).read_line(&mut address)?;
    let url = format!("http://{}/api/zoom/webhook", address.trim());
    Ok((process, url))
}

async fn receive(
    request: HttpRequest,
    body: web::Bytes,
    keys: web::Data<SigningKeys>,
) -> HttpResponse {
    let header = |name| {
        request
            .headers()
            .get(name)
            .map(actix_web::http::header::HeaderValue::as_bytes)
    };
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
