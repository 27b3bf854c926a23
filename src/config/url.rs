//! Database URLs: their kind, the journal's place beside a SQLite file, and how to show one.

/// Parameters whose values are no secret.
const SHOWN: [&str; 12] = [
    "application_name",
    "cache",
    "channel_binding",
    "dbname",
    "host",
    "immutable",
    "mode",
    "port",
    "sslmode",
    "sslrootcert",
    "user",
    "vfs",
];

/// The databases there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Database {
    Sqlite,
    Postgres,
}

/// Which database the URL's scheme names.
pub(super) fn database(url: &str) -> Option<Database> {
    let (scheme, _) = url.split_once(':')?;
    match scheme {
        "sqlite" => Some(Database::Sqlite),
        "postgres" | "postgresql" => Some(Database::Postgres),
        _ => None,
    }
}

/// The file of a SQLite URL; none where it lives in memory, or has no name.
pub(super) fn sqlite_file(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once(':')?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (file, query) = rest.split_once('?').unwrap_or((rest, ""));
    let in_memory = file == ":memory:" || query.split('&').any(|pair| pair == "mode=memory");
    (!in_memory && !file.is_empty()).then_some(file)
}

/// The journal of a SQLite database: `rollcall.db` has `rollcall-journal.db` beside it, created when missing.
pub(super) fn journal_beside(url: &str) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let name = path.rfind(['/', ':']).map_or(0, |at| at + 1);
    let end = match path[name..].rfind('.') {
        Some(dot) if dot > 0 => name + dot,
        _ => path.len(),
    };
    let (stem, extension) = path.split_at(end);
    let others = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("mode="))
        .map(|pair| format!("&{pair}"));
    format!(
        "{stem}-journal{extension}?mode=rwc{}",
        others.collect::<String>()
    )
}

/// The URL as it may be shown: its password and every parameter that may be one are `***`.
pub(super) fn masked(url: &str) -> String {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    // A raw `?` in a password would leave its end in the "query": there is no telling the two apart.
    if query.contains('@') || database(url).is_none() {
        return "***".to_owned();
    }
    let mut shown = masked_place(place);
    for (index, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = if SHOWN.contains(&name) { value } else { "***" };
        shown.push(if index == 0 { '?' } else { '&' });
        shown.push_str(name);
        shown.push('=');
        shown.push_str(value);
    }
    shown
}

/// `scheme://user:***@host/database`; a password may hold any raw character, so the last `@` ends it.
fn masked_place(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else {
        return place.to_owned();
    };
    let masked = match rest.rsplit_once('@') {
        Some((login, rest)) if database(place) == Some(Database::Postgres) => {
            let user = login.split(':').next().unwrap_or_default();
            let password = if login.contains(':') { ":***" } else { "" };
            format!("{user}{password}@{rest}")
        }
        _ => rest.to_owned(),
    };
    format!("{scheme}://{masked}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_lies_beside_the_database() {
        for (database, journal) in [
            (
                "sqlite://rollcall.db?mode=rwc",
                "sqlite://rollcall-journal.db?mode=rwc",
            ),
            (
                "sqlite:///data/a.b/school",
                "sqlite:///data/a.b/school-journal?mode=rwc",
            ),
            (
                "sqlite:///data/.hidden",
                "sqlite:///data/.hidden-journal?mode=rwc",
            ),
            (
                "sqlite:x.y.sqlite?cache=private&mode=rw",
                "sqlite:x.y-journal.sqlite?mode=rwc&cache=private",
            ),
        ] {
            assert_eq!(journal_beside(database), journal);
        }
    }

    #[test]
    fn a_file_is_needed() {
        assert_eq!(sqlite_file("sqlite://a/b.db?mode=rwc"), Some("a/b.db"));
        assert_eq!(sqlite_file("sqlite:///b.db"), Some("/b.db"));
        for url in [
            "sqlite::memory:",
            "sqlite://:memory:",
            "sqlite://x?mode=memory",
            "sqlite://",
            "sqlite:?mode=rwc",
        ] {
            assert_eq!(sqlite_file(url), None, "{url}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        for (url, shown) in [
            (
                "postgres://u:hunter2@db/school",
                "postgres://u:***@db/school",
            ),
            (
                "postgresql://u:hun/t@er2@db:5432/school?sslmode=require",
                "postgresql://u:***@db:5432/school?sslmode=require",
            ),
            (
                "postgres://db/school?user=u&password=hunter2",
                "postgres://db/school?user=u&password=***",
            ),
            ("postgres://u:hun?ter2@db/school", "***"),
            ("postgres://u@db/school", "postgres://u@db/school"),
            (
                "sqlite:///data/a@b.db?mode=rwc&key=hunter2",
                "sqlite:///data/a@b.db?mode=rwc&key=***",
            ),
            ("hunter2", "***"),
        ] {
            assert_eq!(masked(url), shown);
        }
    }
}
