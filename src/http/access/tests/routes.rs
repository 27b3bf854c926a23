//! The table and the routes that the source registers are the same.

use crate::http::access::table::TABLE;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What the public listener registers for itself.
const PUBLIC: [&str; 2] = ["public.rs", "webhook"];
const METHODS: [&str; 5] = ["get", "head", "post", "put", "delete"];

/// `GET /metrics` and its like, of a file: every `web::resource("...")`, within the `web::scope("...")` before it, with every
/// `web::get()` behind it.
fn registered(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let (mut scope, mut resource) = (String::new(), String::new());
    let mut routes = BTreeSet::new();
    for piece in code.split("web::").skip(1) {
        let argument = piece.split('"').nth(1).unwrap_or_default();
        if piece.starts_with("scope(") {
            argument.clone_into(&mut scope);
        } else if piece.starts_with("resource(") {
            resource = format!("{scope}{argument}");
        }
        for method in METHODS {
            if piece.starts_with(&format!("{method}()")) {
                routes.insert(format!("{} {resource}", method.to_uppercase()));
            }
        }
    }
    routes
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| PUBLIC.contains(&name) || name.starts_with("tests")) {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_registered_route_is_in_the_table_and_the_other_way_round() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let texts = sources(&folder).into_iter().map(fs::read_to_string);
    let registered: BTreeSet<_> = texts
        .flat_map(|text| registered(&text.expect("text")))
        .collect();
    let listed: BTreeSet<_> = TABLE
        .iter()
        .map(|(method, pattern, _)| format!("{method} {pattern}"))
        .collect();
    assert_eq!(registered, listed);
}

#[test]
fn routes_are_seen_in_source() {
    let source = r#"
        app.service(web::scope("/api").service(
            web::resource("/a/{b}").route(web::get().to(a)).route(web::post().to(b)),
        ))
        #[cfg(test)] mod tests { web::resource("/x").route(web::get()) }
    "#;
    let seen: Vec<_> = registered(source).into_iter().collect();
    assert_eq!(seen, ["GET /api/a/{b}", "POST /api/a/{b}"]);
}
