//! The files that a report goes into: opened before anything is sent, so that an hour's run is not lost to a typing error.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::Context;

use super::arguments;
use crate::cli::Failure;
use crate::replay::report::Report;

/// Those that were asked for, each with what errors call it.
pub(super) struct Files {
    json: Option<(String, File)>,
    html: Option<(String, File)>,
}

impl Files {
    /// Empty files.
    pub(super) fn open(args: &arguments::Report) -> Result<Self, Failure> {
        Ok(Self {
            json: open("--json", args.json.as_deref())?,
            html: open("--html", args.html.as_deref())?,
        })
    }

    /// Writes the report into them.
    pub(super) fn write(self, report: &Report) -> Result<(), Failure> {
        if let Some(file) = self.json {
            write(file, &report.json())?;
        }
        if let Some(file) = self.html {
            write(file, &report.html().context("replay: --html")?)?;
        }
        Ok(())
    }
}

fn open(argument: &str, path: Option<&Path>) -> Result<Option<(String, File)>, Failure> {
    let Some(path) = path else {
        return Ok(None);
    };
    let name = format!("replay: {argument} {}", path.display());
    let file = File::create(path).with_context(|| name.clone())?;
    Ok(Some((name, file)))
}

fn write((name, mut file): (String, File), text: &str) -> Result<(), Failure> {
    let written = file.write_all(text.as_bytes());
    Ok(written.context(name)?)
}
