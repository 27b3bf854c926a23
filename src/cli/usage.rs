//! Clap's errors as one line.

use clap::{
    Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// What is wrong with the command line, and where to read on.
pub(super) fn one_line(error: &Error) -> String {
    let help = match subcommand(error) {
        Some(name) => format!("rollcall {name} --help"),
        None => "rollcall --help".to_owned(),
    };
    let what = match error.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "which command?".to_owned()
        }
        _ => summary(&error.to_string()),
    };
    format!("{what} (see {help})")
}

/// Clap's first paragraph: what is wrong, without tips and usage.
fn summary(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<_> = paragraph.split_whitespace().collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}

/// The command whose usage clap would print: the second word of `Usage: rollcall migrate [OPTIONS]`.
fn subcommand(error: &Error) -> Option<String> {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else {
        return None;
    };
    let usage = usage.to_string();
    let name = usage.split_whitespace().nth(2)?;
    name.starts_with(|first: char| first.is_ascii_lowercase())
        .then(|| name.to_owned())
}
