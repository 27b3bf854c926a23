//! One layer: settings by key, each with the place that it came from.

use super::{env::Env, error::Error, key};
use ::config::{ConfigError, File, FileFormat, Source, Value, ValueKind};
use std::{collections::BTreeMap, fmt, mem::discriminant, path::Path};

/// `section.key` -> its setting. It holds secrets: there is no `Debug`.
pub(super) type Layer = BTreeMap<String, Setting>;

/// A value and where it came from.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) value: Scalar,
    pub(super) origin: Origin,
}

/// What a key can hold.
#[derive(Clone)]
pub(super) enum Scalar {
    Text(String),
    Number(i64),
    Share(f64),
    Switch(bool),
}

impl Scalar {
    /// What this kind of value is called.
    pub(super) fn expected(&self) -> &'static str {
        match self {
            Self::Text(_) => "expected text",
            Self::Number(_) => "expected a whole number",
            Self::Share(_) => "expected a number from 0 to 1",
            Self::Switch(_) => "expected true or false",
        }
    }

    /// This value as one of the same kind as `kind`: a share may be written as a whole number.
    pub(super) fn alike(self, kind: &Self) -> Option<Self> {
        match (kind, self) {
            (Self::Share(_), Self::Number(0)) => Some(Self::Share(0.0)),
            (Self::Share(_), Self::Number(1)) => Some(Self::Share(1.0)),
            (Self::Share(_), Self::Share(number)) => share(number),
            (kind, value) if discriminant(kind) == discriminant(&value) => Some(value),
            _ => None,
        }
    }

    /// `text` read as a value of the same kind as this one.
    fn parse_alike(&self, text: &str) -> Option<Self> {
        match self {
            Self::Text(_) => Some(Self::Text(text.to_owned())),
            Self::Number(_) => text.trim().parse().ok().map(Self::Number),
            Self::Share(_) => text.trim().parse().ok().and_then(share),
            Self::Switch(_) => text.trim().parse().ok().map(Self::Switch),
        }
    }
}

/// From 0 to 1, or it is none.
fn share(number: f64) -> Option<Scalar> {
    (0.0..=1.0)
        .contains(&number)
        .then_some(Scalar::Share(number))
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// `config/default.toml`, compiled in.
    Default,
    /// A configuration file.
    File(String),
    /// An environment variable.
    Variable(String),
    /// A file that an environment variable names.
    FileOf(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.escape_debug()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::FileOf(name) => write!(f, "file named by {name}"),
        }
    }
}

/// The defaults, read from the text that is compiled in.
pub(super) fn defaults() -> Layer {
    parse(include_str!("../../config/default.toml"), &Origin::Default)
        .unwrap_or_else(|error| unreachable!("config/default.toml is tested: {error}"))
}

/// A configuration file's settings; which of its keys are known is not asked here.
pub(super) fn file(path: &Path, shown: &str) -> Result<Layer, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::new(
            shown.escape_debug().to_string(),
            format!("cannot be read: {error}"),
        )
    })?;
    parse(&text, &Origin::File(shown.to_owned()))
}

/// What the environment sets of `known`, whose values tell the kinds.
pub(super) fn environment(env: &Env, known: &BTreeMap<String, Scalar>) -> Result<Layer, Error> {
    refuse_unknown_variables(env, known)?;
    let mut layer = Layer::new();
    for (key, kind) in known {
        for variable in key::variables(key) {
            if let Some((text, origin)) = read_variable(env, key, variable)? {
                let value = kind
                    .parse_alike(&text)
                    .ok_or_else(|| Error::new(key, kind.expected()).set_by(&origin))?;
                layer.insert(key.clone(), Setting { value, origin });
            }
        }
    }
    Ok(layer)
}

/// The text that a variable, or the file that its `_FILE` twin names, gives to a key.
fn read_variable(
    env: &Env,
    key: &str,
    variable: String,
) -> Result<Option<(String, Origin)>, Error> {
    let plain = if key == "log.filter" {
        env.name(&variable)?
    } else {
        env.text(&variable)?
    };
    let twin = format!("{variable}_FILE");
    let path = key::is_secret(key).then(|| env.path(&twin)).flatten();
    match (plain, path) {
        (Some(_), Some(_)) => Err(Error::new(
            key,
            format!("both {variable} and {twin} are set"),
        )),
        (Some(text), None) => Ok(Some((text.to_owned(), Origin::Variable(variable)))),
        (None, Some(path)) => Ok(Some((
            read_secret(key, &twin, &path)?,
            Origin::FileOf(twin),
        ))),
        (None, None) => Ok(None),
    }
}

/// A secret file's content without one trailing line break. The path is not shown: people put the secret itself there.
fn read_secret(key: &str, variable: &str, path: &Path) -> Result<String, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::new(
            key,
            format!("the file that {variable} names cannot be read: {error}"),
        )
    })?;
    let trimmed = text.strip_suffix('\n').unwrap_or(&text);
    Ok(trimmed.strip_suffix('\r').unwrap_or(trimmed).to_owned())
}

/// `ROLLCALL__` and a key that does not exist; so too `ROLLCALL_HTTP__ADDR`, which lacks an underscore.
///
/// A container platform's own variables (`ROLLCALL_PORT`, `ROLLCALL_SERVICE_HOST`) carry no double underscore.
fn refuse_unknown_variables(env: &Env, known: &BTreeMap<String, Scalar>) -> Result<(), Error> {
    let ours = |name: &&str| {
        name.strip_prefix("ROLLCALL_")
            .is_some_and(|rest| rest.contains("__") || rest.starts_with('_'))
    };
    let exists = |name: &str| {
        known.keys().any(|key| {
            key::variables(key).any(|variable| {
                let rest = name.strip_prefix(variable.as_str());
                rest == Some("") || rest == Some("_FILE") && key::is_secret(key)
            })
        })
    };
    match env.names().filter(ours).find(|name| !exists(name)) {
        Some(name) => Err(Error::new(
            name.escape_debug().to_string(),
            "no key has this environment variable; they are named ROLLCALL__SECTION__KEY",
        )),
        None => Ok(()),
    }
}

fn parse(text: &str, origin: &Origin) -> Result<Layer, Error> {
    let sections = File::from_str(text, FileFormat::Toml)
        .collect()
        .map_err(|error| Error::new(origin.to_string(), position(&error)))?;
    let mut layer = Layer::new();
    for (section, value) in sections {
        flatten(section, value, origin, &mut layer)?;
    }
    Ok(layer)
}

/// The parser's first line tells the position; the ones after it quote the file, which may hold secrets.
fn position(error: &ConfigError) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    match first.strip_prefix("TOML parse error at ") {
        Some(position) => format!("is not TOML at {position}"),
        None => "is not TOML".to_owned(),
    }
}

fn flatten(key: String, value: Value, origin: &Origin, layer: &mut Layer) -> Result<(), Error> {
    let value = match value.kind {
        ValueKind::Table(table) => {
            for (name, value) in table {
                flatten(format!("{key}.{name}"), value, origin, layer)?;
            }
            return Ok(());
        }
        ValueKind::String(text) => Scalar::Text(text),
        ValueKind::I64(number) => Scalar::Number(number),
        ValueKind::Float(number) => Scalar::Share(number),
        ValueKind::Boolean(switch) => Scalar::Switch(switch),
        _ => {
            return Err(Error::new(
                key.escape_debug().to_string(),
                "expected text, a number, true or false",
            )
            .set_by(origin));
        }
    };
    let origin = origin.clone();
    layer.insert(key, Setting { value, origin });
    Ok(())
}
