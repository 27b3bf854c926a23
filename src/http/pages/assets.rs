//! What pages are made of beside their text: compiled in, and good until the next release.

use super::answer::{Failure, missing};
use actix_web::{HttpRequest, HttpResponse, http::header, web};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Name, type, content.
const FILES: [(&str, &str, &str); 3] = [
    (
        "rollcall.css",
        "text/css; charset=utf-8",
        include_str!("assets/rollcall.css"),
    ),
    (
        "live.js",
        "text/javascript; charset=utf-8",
        include_str!("assets/live.js"),
    ),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
];

/// One tag for all: they change together.
static TAG: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for (_, _, content) in FILES {
        digest.update(content);
    }
    format!("\"{}\"", hex::encode(&digest.finalize()[..8]))
});

pub(super) async fn show(
    request: HttpRequest,
    name: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let found = FILES.iter().find(|(known, ..)| *known == name.as_str());
    let (_, kind, content) = found.ok_or_else(|| missing("there is no such file"))?;
    let known = request.headers().get(header::IF_NONE_MATCH);
    let mut answer = match known {
        Some(tag) if tag.as_bytes() == TAG.as_bytes() => HttpResponse::NotModified(),
        _ => HttpResponse::Ok(),
    };
    answer
        .insert_header((header::ETAG, TAG.as_str()))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"));
    Ok(
        if known.is_some_and(|tag| tag.as_bytes() == TAG.as_bytes()) {
            answer.finish()
        } else {
            answer.content_type(*kind).body(*content)
        },
    )
}
