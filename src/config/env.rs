//! The environment as a value, so that the loader reads no process-wide state.

use super::error::Error;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Variables, and the folder that relative names of configuration files start from.
///
/// It holds secrets: there is no `Debug`.
#[derive(Clone, Default)]
pub struct Env {
    variables: BTreeMap<String, OsString>,
    folder: PathBuf,
}

impl Env {
    /// This process's.
    pub fn process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        Self {
            variables,
            folder: PathBuf::new(),
        }
    }

    /// These variables alone, with configuration files looked for in `folder`.
    pub fn new<'a>(
        folder: impl Into<PathBuf>,
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), OsString::from(value));
        Self {
            variables: variables.into_iter().map(owned).collect(),
            folder: folder.into(),
        }
    }

    /// The names of all variables, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// A variable's text; an error where it is not UTF-8.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Error> {
        self.variables
            .get(name)
            .map(|value| {
                value
                    .to_str()
                    .ok_or_else(|| Error::new(name, "is not UTF-8"))
            })
            .transpose()
    }

    /// A variable that names something: `""` is as good as unset.
    pub(super) fn name(&self, name: &str) -> Result<Option<&str>, Error> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    /// A variable that is a path, of whatever bytes.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        let path = self.variables.get(name)?;
        Some(self.resolve(Path::new(path)))
    }

    /// A path as seen from the folder.
    pub(super) fn resolve(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}
