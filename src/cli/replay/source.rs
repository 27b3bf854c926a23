//! What is sent: the day of a generated school, or a recording; no more than may be.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use super::arguments::Source;
use super::progress::say;
use super::usage;
use crate::cli::{Failure, print};
use crate::clock;
use crate::replay::school::School;
use crate::replay::source::generated::GeneratedSchool;
use crate::replay::source::recording;
use crate::replay::traffic::Delivery;

/// Deliveries and where they come from.
pub(super) struct Sourced {
    pub(super) origin: Origin,
    /// In order of arrival.
    pub(super) deliveries: Arc<Vec<Delivery>>,
}

/// Where deliveries come from.
pub(super) enum Origin {
    /// A school made to measure.
    Generated(GeneratedSchool, School),
    /// A recording with this path.
    Recorded(String),
}

/// Makes or reads them, and keeps the first `most`.
pub(super) fn read(source: &Source, most: usize) -> Result<Sourced, Failure> {
    let (origin, mut deliveries) = if let Some(path) = &source.recording {
        let origin = Origin::Recorded(path.display().to_string());
        (origin, recorded(path)?)
    } else {
        let asked = source.school(clock::now().0)?;
        let made = asked.generate();
        let (school, deliveries) = made.map_err(|error| usage(&error.to_string()))?;
        (Origin::Generated(asked, school), deliveries)
    };
    if deliveries.len() > most {
        let all = deliveries.len();
        say(&format!(
            "{all} deliveries, of which the first {most} are sent (--max-events)"
        ));
        deliveries.truncate(most);
    }
    Ok(Sourced {
        origin,
        deliveries: Arc::new(deliveries),
    })
}

fn recorded(path: &Path) -> Result<Vec<Delivery>, Failure> {
    let recording = recording::read(path).context("replay")?;
    if recording.left_out > 0 {
        say(&format!(
            "{} deliveries of the recording are left out: their bodies are withheld or no text",
            recording.left_out
        ));
    }
    Ok(recording.deliveries)
}

/// Writes the school's import set.
pub(super) fn write_roster(source: &Source, folder: &Path) -> Result<(), Failure> {
    let asked = source.school(clock::now().0)?;
    let school = asked.school().map_err(|error| usage(&error.to_string()))?;
    let shown = folder.display();
    std::fs::create_dir_all(folder)
        .and_then(|()| school.write_roster(folder))
        .with_context(|| format!("replay: --write-roster {shown}"))?;
    print(&format!(
        "{} classes and {} students for {} are in {shown}; now: rollcall import {shown}\n",
        school.classes.len(),
        school.students.len(),
        asked.date
    ))
}
