//! The rules of the source tree: who may import whom, where printing is allowed, how long a file may be.
//!
//! Rules are data at the top; a failure names file, line and rule. Comments are not read, test code is.
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Every part of the crate, and the others, or the modules of others, that it may import (`docs/architecture.md`).
const ALLOWED: [(&str, &[&str]); 19] = [
    ("attendance", &[]),
    ("roster", &[]),
    ("zoom", &["attendance"]),
    ("clock", &["attendance"]),
    ("config", &["attendance"]),
    ("telemetry", &["clock", "config", "outbound"]),
    ("outbound", &[]),
    (
        "journal",
        &[
            "attendance",
            "clock",
            "config",
            "fault",
            "store::connect",
            "store::error",
            "store::plan",
            "vital",
            "zoom",
        ],
    ),
    ("vital", &[]),
    ("gauges", &["config", "journal", "meeting", "store"]),
    ("fault", &[]),
    ("priority", &[]),
    (
        "store",
        &["attendance", "clock", "config", "fault", "roster", "vital"],
    ),
    (
        "meeting",
        &[
            "attendance",
            "clock",
            "config",
            "fault",
            "journal",
            "priority",
            "store",
            "vital",
        ],
    ),
    (
        "http",
        &[
            "clock",
            "config",
            "journal",
            "meeting",
            "store",
            "telemetry",
            "zoom",
        ],
    ),
    ("replay", &["clock", "config", "zoom"]),
    ("service", ALL),
    ("cli", ALL),
    ("main", ALL),
];

const ALL: &[&str] = &[
    "attendance",
    "cli",
    "clock",
    "config",
    "http",
    "journal",
    "meeting",
    "outbound",
    "replay",
    "roster",
    "service",
    "store",
    "telemetry",
    "zoom",
];

/// Crates that only some parts may import.
const RESERVED: [(&str, &[&str]); 14] = [
    ("actix", &["meeting"]),
    ("actix_rt", &["meeting"]),
    ("actix_http", &["http"]),
    ("actix_service", &["http"]),
    ("actix_web", &["http", "cli", "service"]),
    ("sea_orm", &["store", "journal"]),
    ("sea_orm_migration", &["store", "journal"]),
    ("sqlx", &["store", "journal"]),
    ("migrations", &["store", "journal"]),
    ("clap", &["cli"]),
    ("rustls", &["outbound"]),
    ("tokio_rustls", &["outbound"]),
    ("opentelemetry", &["telemetry"]),
    ("anyhow", &["cli", "service", "telemetry", "replay", "main"]),
];

/// What the pure core may use beside itself.
const CORE: [&str; 4] = ["std", "core", "alloc", "jiff"];

/// Lines of a file, and of a file of tests.
const LONGEST: usize = 400;
const LONGEST_TESTS: usize = 800;

struct Source {
    /// From the root of the repository.
    path: PathBuf,
    /// The text without comments, line by line.
    lines: Vec<String>,
}

impl Source {
    /// The first level below `src`: `store` for `src/store/writer.rs`, `clock` for `src/clock.rs`.
    fn part(&self) -> String {
        let inside = self.path.strip_prefix("src").unwrap();
        let first = inside.components().next().unwrap();
        Path::new(&first)
            .file_stem()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// How deep its module lies: 1 for `src/clock.rs` and `src/store/mod.rs`, 2 for `src/store/writer.rs`.
    fn depth(&self) -> usize {
        let below_src = self.path.components().count() - 1;
        below_src - usize::from(self.path.ends_with("mod.rs"))
    }

    fn is_tests(&self) -> bool {
        self.path
            .components()
            .any(|part| part.as_os_str() == "tests")
            || self.path.ends_with("tests.rs")
    }
}

fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root).unwrap().to_owned();
                let lines = text.lines().map(without_comment).collect();
                found.push(Source { path, lines });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// A line up to `//`, but for the `//` of a URL.
fn without_comment(line: &str) -> String {
    let comment = line
        .match_indices("//")
        .find(|(at, _)| !line[..*at].ends_with(':'));
    line[..comment.map_or(line.len(), |(at, _)| at)].to_owned()
}

/// Where `word` stands by itself: not inside a longer name.
fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let name = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            !text[..*at].ends_with(name) && !text[at + word.len()..].starts_with(name)
        })
}

/// Whether the place lies in a string that began on the same line.
fn in_string(line: &str, at: usize) -> bool {
    line[..at].matches('"').count() % 2 == 1
}

/// What a source names by `crate::path` or within `crate::{...}`, each with its line.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let text = source.lines.join("\n");
    let mut found = Vec::new();
    for at in words(&text, "crate") {
        let Some(rest) = text[at..].strip_prefix("crate::") else {
            continue;
        };
        let line = text[..at].matches('\n').count() + 1;
        found.extend(paths(rest).into_iter().map(|path| (line, path)));
    }
    found
}

/// `a::b`: `a::b`. `{a::{b, c}, d}`: `a::`, `d`.
fn paths(text: &str) -> Vec<String> {
    let path = |text: &str| -> String {
        let letters = text.trim_start().chars();
        letters
            .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':')
            .collect()
    };
    let Some(group) = text.strip_prefix('{') else {
        return vec![path(text)];
    };
    let mut depth = 0;
    let mut starts = vec![0];
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => starts.push(at + 1),
            _ => {}
        }
    }
    let paths = starts.into_iter().map(|at| path(&group[at..]));
    paths.filter(|path| !path.is_empty()).collect()
}

/// `a` of `a::b`.
fn first_segment(path: &str) -> &str {
    path.split("::").next().unwrap()
}

/// Whether `path` is `module` or lies within it.
fn within(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// All findings at once: whoever broke a rule sees the whole of it.
fn refuse(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn parts_import_only_what_the_layout_allows() {
    let known: BTreeSet<&str> = ALL.iter().copied().collect();
    let mut findings = Vec::new();
    // A test may make its input with any part.
    for source in sources("src")
        .iter()
        .filter(|source| !source.path.ends_with("lib.rs") && !source.is_tests())
    {
        let (part, path) = (source.part(), source.path.display());
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == part) else {
            findings.push(format!(
                "{path}: `{part}` is new: give it a line in ALLOWED of tests/tidy.rs"
            ));
            continue;
        };
        for (line, import) in imports(source) {
            let other = first_segment(&import);
            let free = other == part || !known.contains(other);
            if !free && !allowed.iter().any(|module| within(&import, module)) {
                findings.push(format!(
                    "{path}:{line}: `{part}` must not import `{import}`; it may import {allowed:?}"
                ));
            }
        }
    }
    refuse(&findings);
}

#[test]
fn nothing_reaches_the_root_by_super() {
    let mut findings = Vec::new();
    for source in sources("src") {
        // One more level for the `mod tests` at a file's end.
        let too_far = "super::".repeat(source.depth() + 1);
        for (index, line) in source.lines.iter().enumerate() {
            if line.contains(&too_far) {
                findings.push(format!(
                    "{}:{}: name the part: `crate::...`",
                    source.path.display(),
                    index + 1
                ));
            }
        }
    }
    refuse(&findings);
}

#[test]
fn reserved_crates_stay_where_they_belong() {
    let mut findings = Vec::new();
    // A test may start a server of its own.
    for source in sources("src").iter().filter(|source| !source.is_tests()) {
        let part = source.part();
        for (index, line) in source.lines.iter().enumerate() {
            for (name, allowed) in RESERVED {
                let path = format!("{name}::");
                let named = words(line, name)
                    .filter(|at| !in_string(line, *at))
                    .any(|at| {
                        let is_path = line[at..].starts_with(&path) && !line[..at].ends_with("::");
                        is_path
                            || line.trim_start().starts_with("use ")
                                && line.trim_end().ends_with(&format!("use {name};"))
                    });
                if named && !allowed.contains(&part.as_str()) {
                    let place = source.path.display();
                    findings.push(format!(
                        "{place}:{}: only {allowed:?} may use `{name}`",
                        index + 1
                    ));
                }
            }
        }
    }
    refuse(&findings);
}

#[test]
fn the_core_uses_std_and_a_time_library_alone() {
    let mut findings = Vec::new();
    for source in sources("src")
        .iter()
        .filter(|source| source.part() == "attendance" && !source.is_tests())
    {
        let mut in_tests = false;
        for (index, line) in source.lines.iter().enumerate() {
            in_tests |= line.contains("#[cfg(test)]");
            let Some(path) = line
                .trim_start()
                .strip_prefix("use ")
                .or(line.trim_start().strip_prefix("pub use "))
            else {
                continue;
            };
            let first = paths(path.trim_start_matches("::")).remove(0);
            let first = first_segment(&first).to_owned();
            let inside = ["crate", "self", "super"].contains(&first.as_str());
            // Names of one's own modules and types, which need no `self::`.
            let own = first.starts_with(char::is_uppercase)
                || source
                    .lines
                    .iter()
                    .any(|line| line.contains(&format!("mod {first};")));
            if !in_tests && !inside && !own && !CORE.contains(&first.as_str()) {
                let place = source.path.display();
                findings.push(format!(
                    "{place}:{}: the core may use {CORE:?} only, not `{first}`",
                    index + 1
                ));
            }
        }
    }
    refuse(&findings);
}

#[test]
fn only_the_commands_print() {
    let mut findings = Vec::new();
    for source in sources("src")
        .iter()
        .filter(|source| source.part() != "cli")
    {
        for (index, line) in source.lines.iter().enumerate() {
            for name in ["println!", "eprintln!", "print!", "eprint!", "dbg!"] {
                if words(line, name).next().is_some() {
                    let place = source.path.display();
                    findings.push(format!(
                        "{place}:{}: `{name}` outside cli/: log it, or return it",
                        index + 1
                    ));
                }
            }
        }
    }
    refuse(&findings);
}

#[test]
fn files_are_short() {
    let mut findings = Vec::new();
    for folder in ["src", "migrations/src", "tests"] {
        for source in sources(folder) {
            let most = if source.is_tests() {
                LONGEST_TESTS
            } else {
                LONGEST
            };
            let lines = source.lines.len();
            if lines > most {
                let place = source.path.display();
                findings.push(format!(
                    "{place}: {lines} lines, at most {most}: it holds more than one concept"
                ));
            }
        }
    }
    refuse(&findings);
}

#[test]
fn the_rules_see_what_they_should() {
    assert_eq!(paths("store::connect::Pools;"), ["store::connect::Pools"]);
    let grouped = "{\n    http::{self, Api},\n    zoom, journal::X\n};\nfn a() { b, c }";
    assert_eq!(paths(grouped), ["http::", "zoom", "journal::X"]);
    assert!(
        within("store::connect::Pools", "store::connect")
            && !within("store::connected", "store::connect")
    );
    assert_eq!(without_comment("let a = 1; // crate::store"), "let a = 1; ");
    assert_eq!(
        without_comment("let a = \"sqlite://x\";"),
        "let a = \"sqlite://x\";"
    );
    assert_eq!(
        words("crate::a pub(crate) mycrate", "crate").collect::<Vec<_>>(),
        [0, 13]
    );
    assert_eq!(
        words("eprintln!(x) println!(y)", "println!").collect::<Vec<_>>(),
        [13]
    );
}
