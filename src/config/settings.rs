//! The layers laid over one another, and the typed configuration made of them.

use super::{
    Config,
    env::Env,
    error::Error,
    key,
    layer::{self, Layer, Origin, Scalar, Setting},
    validate,
};
use ::config::{ConfigError, Map, Value};
use std::{collections::BTreeMap, path::Path};

/// Every key that is set, with its value and where that came from.
///
/// It holds secrets: there is no `Debug`; [`Settings::to_toml`] masks them.
pub struct Settings(pub(super) Layer);

impl Settings {
    /// The compiled-in defaults alone.
    pub(super) fn defaults() -> Self {
        Self(layer::defaults())
    }

    /// All layers: defaults, file, environment.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown key, a value of the wrong kind, a secret that is given twice.
    pub fn read(env: &Env) -> Result<Self, Error> {
        let mut settings = Self::defaults();
        let known = settings.kinds();
        if let Some(file) = read_file(env)? {
            settings.0.extend(fitting(file, &known)?);
        }
        settings.0.extend(layer::environment(env, &known)?);
        Ok(settings)
    }

    /// The typed configuration.
    ///
    /// # Errors
    /// A value out of range, or one that makes no sense beside the others.
    pub fn config(&self) -> Result<Config, Error> {
        self.check_ranges()?;
        let config: Config = self
            .tree()
            .try_deserialize()
            .map_err(|error| self.explain(refused(&error)))?;
        validate::check(&config).map_err(|error| self.explain(error))?;
        Ok(config)
    }

    /// What kind of value each key takes: that of its default, text for a key without one.
    fn kinds(&self) -> BTreeMap<String, Scalar> {
        let optional = key::OPTIONAL.map(|key| (key.to_owned(), Scalar::Text(String::new())));
        let with_default = self
            .0
            .iter()
            .map(|(key, setting)| (key.clone(), setting.value.clone()));
        with_default.chain(optional).collect()
    }

    fn check_ranges(&self) -> Result<(), Error> {
        for (key, least, greatest) in key::RANGES {
            if let Some(setting) = self.0.get(key)
                && let Scalar::Number(number) = setting.value
                && !(least..=greatest).contains(&number)
            {
                let why = format!("{number} is out of range, {least} to {greatest}");
                return Err(Error::new(key, why).set_by(&setting.origin));
            }
        }
        Ok(())
    }

    /// Sections with their keys, as serde wants them.
    fn tree(&self) -> Value {
        let mut sections: Map<String, Map<String, Value>> = Map::new();
        for (key, setting) in &self.0 {
            let (section, name) = key.split_once('.').unwrap_or((key, ""));
            let value = match setting.value.clone() {
                Scalar::Text(text) => Value::new(None, text),
                Scalar::Number(number) => Value::new(None, number),
                Scalar::Share(share) => Value::new(None, share),
                Scalar::Switch(switch) => Value::new(None, switch),
            };
            sections
                .entry(section.to_owned())
                .or_default()
                .insert(name.to_owned(), value);
        }
        Value::new(None, sections)
    }

    /// Adds where the key's value came from, where that is not the default.
    fn explain(&self, error: Error) -> Error {
        match self.0.get(error.what()).map(|setting| &setting.origin) {
            None | Some(Origin::Default) => error,
            Some(origin) => error.set_by(origin),
        }
    }
}

/// The file that `ROLLCALL_CONFIG` names, which must exist, or `config/<ROLLCALL_ENV>.toml`, which need not.
fn read_file(env: &Env) -> Result<Option<Layer>, Error> {
    if let Some(named) = env.name("ROLLCALL_CONFIG")? {
        return layer::file(&env.resolve(Path::new(named)), named).map(Some);
    }
    let name = env.name("ROLLCALL_ENV")?.unwrap_or("development");
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    {
        return Err(Error::new(
            "ROLLCALL_ENV",
            "expected letters, digits, `-` and `_`",
        ));
    }
    let shown = format!("config/{name}.toml");
    let path = env.resolve(Path::new(&shown));
    if !path.exists() {
        return Ok(None);
    }
    layer::file(&path, &shown).map(Some)
}

/// The file's settings, each of its key's kind; refused where there is no such key or the kind is another.
fn fitting(file: Layer, known: &BTreeMap<String, Scalar>) -> Result<Layer, Error> {
    let mut layer = Layer::new();
    for (key, Setting { value, origin }) in file {
        let Some(kind) = known.get(&key) else {
            return Err(Error::new(key.escape_debug().to_string(), "unknown key").set_by(&origin));
        };
        let Some(value) = value.alike(kind) else {
            return Err(Error::new(&key, kind.expected()).set_by(&origin));
        };
        layer.insert(key, Setting { value, origin });
    }
    Ok(layer)
}

/// What serde refused, without the value.
fn refused(error: &ConfigError) -> Error {
    let key = match error {
        ConfigError::Type { key: Some(key), .. }
        | ConfigError::At { key: Some(key), .. }
        | ConfigError::NotFound(key) => key,
        _ => "configuration",
    };
    let why = match key {
        "admin.addr" | "http.addr" => "expected an IP address and a port, such as 127.0.0.1:8080",
        "log.format" => "expected json or pretty",
        _ => "is missing or of the wrong kind",
    };
    Error::new(key, why)
}
