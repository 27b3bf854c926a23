//! What is so for many operations, and said once: who may, what every operation may answer, what the common parameters may be.

use super::super::{dead_events, list, meetings, occurrences};
use crate::http::access::{self, Access};
use actix_web::http::Method;
use serde_json::{Value, json};

/// What any operation may answer, beside its own: status, name, description, and the header that comes with it.
const ANSWERS: [(u16, &str, &str, Option<&str>); 6] = [
    (
        400,
        "BadRequest",
        "A parameter that cannot be used; `parameter` names it",
        None,
    ),
    (
        401,
        "Unauthorized",
        "No token, or none that opens anything",
        Some("WWW-Authenticate"),
    ),
    (
        403,
        "Forbidden",
        "Not with this role; or a web page of somebody else asked for a change",
        None,
    ),
    (405, "MethodNotAllowed", "Another method", Some("Allow")),
    (
        429,
        "TooManyRequests",
        "Too many wrong tokens came from this address",
        Some("Retry-After"),
    ),
    (
        503,
        "Unavailable",
        "The database does not answer",
        Some("Retry-After"),
    ),
];

/// Parameters that are one of a few words, by the operation's path.
const WORDS: [(&str, &str, &[&str]); 3] = [
    ("/api/v1/meetings", "status", &meetings::STATUS),
    ("/api/v1/occurrences", "status", &occurrences::STATUS),
    ("/api/v1/dead-events", "reason", &dead_events::REASONS),
];

/// Examples of parameters.
const EXAMPLES: [(&str, &str); 8] = [
    ("seq", "4"),
    ("class", "c-maths"),
    ("student", "s-ana"),
    ("date", "2026-10-05"),
    ("from", "2026-10-01"),
    ("to", "2026-10-31"),
    ("uuid", "/8+Tz1//WQ6qvR3sYpHdA=="),
    ("zoom_meeting_id", "85512340977"),
];

/// The description with all of this.
pub(super) fn complete(mut described: Value) -> Value {
    described["components"]["responses"] = ANSWERS.iter().map(answer).collect();
    for (path, operations) in members(&mut described["paths"]) {
        for (method, operation) in members(operations) {
            name(operation);
            tell_role(path, method, operation);
            let paged = tell_parameters(path, operation);
            if paged {
                tell_csv(&mut operation["responses"]["200"]);
            }
            let answers = &mut operation["responses"];
            for (status, name, ..) in ANSWERS {
                let own = &mut answers[status.to_string()];
                if own.is_null() {
                    *own = json!({ "$ref": format!("#/components/responses/{name}") });
                }
            }
        }
    }
    described
}

fn members(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flatten()
}

fn answer(
    (status, name, description, header): &(u16, &str, &str, Option<&str>),
) -> (String, Value) {
    let title = actix_web::http::StatusCode::from_u16(*status).ok();
    let title = title.and_then(|status| status.canonical_reason());
    let example = json!({ "type": "about:blank", "title": title, "status": status, "detail": "what to do about it" });
    let content =
        json!({ "schema": { "$ref": "#/components/schemas/Problem" }, "example": example });
    let mut answer =
        json!({ "description": description, "content": { "application/problem+json": content } });
    if let Some(header) = header {
        answer["headers"] = json!({ *header: { "schema": { "type": "string" } } });
    }
    ((*name).to_owned(), answer)
}

/// `meetings_list`: unique, as an operation's id must be.
fn name(operation: &mut Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tag = text(&operation["tags"][0]);
    let tag = tag.rsplit("::").next().unwrap_or_default();
    operation["operationId"] = json!(format!("{tag}_{}", text(&operation["operationId"])));
    operation["tags"] = json!([tag]);
}

fn tell_role(path: &str, method: &str, operation: &mut Value) {
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap_or_default();
    if let Some(Access::From(role)) = access::of(&method, path) {
        let described = operation["description"].as_str().unwrap_or_default();
        let needs = format!("Needs the role {role}.");
        operation["description"] = json!(format!("{described}\n\n{needs}").trim());
        operation["x-role"] = json!(role.as_str());
    }
}

/// Whether it is a list, which comes in pages and in CSV.
fn tell_parameters(path: &str, operation: &mut Value) -> bool {
    let mut paged = false;
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        if parameter["in"] == "query" {
            parameter["allowEmptyValue"] = json!(true); // as if it were not given
        }
        let schema = &mut parameter["schema"];
        match name.as_str() {
            "format" => {
                *schema = json!({ "type": "string", "enum": ["json", "csv"] });
                paged = true;
            }
            "limit" => {
                *schema = json!({ "type": "integer", "minimum": 1, "maximum": list::MOST, "default": list::DEFAULT });
            }
            "date" | "from" | "to" => *schema = json!({ "type": "string", "format": "date" }),
            _ => {}
        }
        if let Some((.., words)) = WORDS
            .iter()
            .find(|(of, word, _)| *of == path && *word == name)
        {
            *schema = json!({ "type": "string", "enum": words });
        }
        let number = schema["type"] == "integer";
        if let Some((_, example)) = EXAMPLES.iter().find(|(of, _)| *of == name) {
            let example = if number {
                example.parse().unwrap_or_default()
            } else {
                json!(example)
            };
            parameter["example"] = example;
        }
    }
    paged
}

fn tell_csv(answer: &mut Value) {
    answer["content"]["text/csv"] = json!({ "schema": { "type": "string" } });
    let next = "Of a page as CSV: what to give as cursor for the next one";
    answer["headers"] =
        json!({ "X-Next-Cursor": { "description": next, "schema": { "type": "string" } } });
}
