//! The keys: which there are, what kind of value each takes, in which range, under which variables.

/// Keys that hold secrets: never shown, and readable from a file.
const SECRET: [&str; 4] = [
    "admin.token",
    "database.url",
    "journal.url",
    "zoom.webhook_secret",
];

/// Keys without a default; each takes text.
pub(super) const OPTIONAL: [&str; 3] = ["admin.token", "journal.url", "zoom.webhook_secret"];

/// Variables that people know, beside `ROLLCALL__SECTION__KEY`.
const CONVENTIONAL: [(&str, &str); 4] = [
    ("admin.token", "ROLLCALL_ADMIN_TOKEN"),
    ("database.url", "DATABASE_URL"),
    ("log.filter", "RUST_LOG"),
    ("zoom.webhook_secret", "ZOOM_WEBHOOK_SECRET"),
];

/// Every key that takes a number, with the least and the greatest.
pub(super) const RANGES: [(&str, i64, i64); 28] = [
    ("actor.arbiters", 1, 64),
    ("actor.hang_seconds", 1, 600),
    ("actor.idle_minutes", 1, 1_440),
    ("actor.linger_seconds", 0, 86_400),
    ("actor.mailbox", 1, 1_000_000),
    ("actor.max_live", 1, 10_000_000),
    ("actor.max_loading", 1, 10_000),
    ("attendance.lesson_after_minutes", 0, 1_440),
    ("attendance.lesson_before_minutes", 0, 1_440),
    ("attendance.present_after_seconds", 1, 86_400),
    ("attendance.restart_minutes", 0, 1_440),
    ("attendance.settle_minutes", 0, 10_080),
    ("attendance.silence_hours", 1, 168),
    ("database.max_connections", 1, 1_000),
    ("database.timeout_seconds", 1, 300),
    ("http.max_body_bytes", 1_024, 67_108_864),
    ("http.workers", 0, 512),
    ("journal.ack_timeout_ms", 10, 60_000),
    ("journal.batch", 1, 3_000),
    ("journal.queue", 1, 1_000_000),
    ("journal.retention_check_seconds", 1, 86_400),
    ("journal.retention_days", 1, 3_650),
    ("shutdown.timeout_seconds", 1, 600),
    ("store.batch", 1, 10_000),
    ("store.flush_interval_ms", 1, 60_000),
    ("sweep.after_seconds", 1, 3_600),
    ("sweep.roster_seconds", 1, 86_400),
    ("zoom.timestamp_tolerance_seconds", 1, 86_400),
];

/// Whether the key's value must never be shown.
pub(super) fn is_secret(key: &str) -> bool {
    SECRET.contains(&key)
}

/// Whether the key's value is a database's URL, of which all but the secrets may be shown.
pub(super) fn is_url(key: &str) -> bool {
    key == "database.url" || key == "journal.url"
}

/// The variables that set the key; the later one wins.
pub(super) fn variables(key: &str) -> impl Iterator<Item = String> {
    std::iter::once(variable(key)).chain(conventional(key).map(str::to_owned))
}

/// The variable to recommend to people.
pub(super) fn best_variable(key: &str) -> String {
    conventional(key).map_or_else(|| variable(key), str::to_owned)
}

/// `http.addr`: `ROLLCALL__HTTP__ADDR`.
fn variable(key: &str) -> String {
    format!("ROLLCALL__{}", key.replace('.', "__").to_uppercase())
}

fn conventional(key: &str) -> Option<&'static str> {
    let (_, variable) = CONVENTIONAL.iter().find(|(known, _)| *known == key)?;
    Some(variable)
}
