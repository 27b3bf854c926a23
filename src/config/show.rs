//! The effective configuration as text that shows no secret.

use super::{
    key,
    layer::{Scalar, Setting},
    settings::Settings,
    url,
};
use std::fmt::Write;

impl Settings {
    /// TOML, section by section, each value with the place it came from. Secrets and passwords are `***`.
    pub fn to_toml(&self) -> String {
        let mut keys: Vec<&str> = self
            .0
            .keys()
            .map(String::as_str)
            .chain(key::OPTIONAL)
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let mut text = String::new();
        let mut current = "";
        for key in keys {
            let (section, name) = key.split_once('.').unwrap_or((key, ""));
            if section != current {
                let gap = if current.is_empty() { "" } else { "\n" };
                let _ = writeln!(text, "{gap}[{section}]");
                current = section;
            }
            let _ = match self.0.get(key) {
                Some(setting) => writeln!(
                    text,
                    "{name} = {} # {}",
                    shown(key, setting),
                    setting.origin
                ),
                None => writeln!(text, "# {name} is not set"),
            };
        }
        text
    }
}

fn shown(key: &str, setting: &Setting) -> String {
    match &setting.value {
        Scalar::Number(number) => number.to_string(),
        Scalar::Share(share) => format!("{share:?}"),
        Scalar::Switch(switch) => switch.to_string(),
        Scalar::Text(text) if key::is_url(key) => quoted(&url::masked(text)),
        Scalar::Text(_) if key::is_secret(key) => quoted("***"),
        Scalar::Text(text) => quoted(text),
    }
}

/// A TOML basic string: JSON's escapes are among TOML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
