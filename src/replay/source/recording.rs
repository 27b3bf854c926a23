//! A recording: what a service was sent, one JSON object a line, in the order in which it was committed.
//!
//! `{"received_at":1791190814102,"request_id":"…","body":"{\"payload\":…}"}`: when it arrived in Unix milliseconds,
//! `x-zm-request-id` where there was one, and the raw body, byte for byte. A body that is not UTF-8 stands under
//! `body_hex`. Of one that is not given away there is only its length, under `withheld_bytes`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::replay::rng::Rng;
use crate::replay::traffic::{self, Delivery};

/// No line is longer: the largest body that is configured by anybody, escaped, and room to spare.
const LINE: u64 = 64 * 1024 * 1024;
/// Unix milliseconds until the end of the year 9999.
const LAST: i64 = 253_402_300_799_999;

/// One line. Has no `Debug`: the body is full of personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When it arrived, Unix milliseconds.
    pub received_at: i64,
    /// `x-zm-request-id`.
    pub request_id: Option<String>,
    /// What was sent.
    pub body: Body,
}

/// What was sent.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// The raw bytes.
    Bytes(Vec<u8>),
    /// So many that are not given away.
    Withheld(usize),
}

/// What can be sent again of a recording.
pub struct Recording {
    /// In order of arrival.
    pub deliveries: Vec<Delivery>,
    /// How many were left out, because their body was withheld or is not UTF-8.
    pub left_out: usize,
}

/// Why a recording cannot be read: one line that quotes nothing of it.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be opened, or not be read to its end.
    #[error("{file}: cannot be read")]
    File {
        /// Its path.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// A line is not one of a recording.
    #[error("{file}:{line}: {what}")]
    Line {
        /// The file's path.
        file: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
}

/// A line as it is written.
#[derive(Serialize, Deserialize)]
struct Line {
    received_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_hex: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withheld_bytes: Option<usize>,
}

/// Reads the recording at `path`.
pub fn read(path: &Path) -> Result<Recording, RecordingError> {
    let file = path.display().to_string();
    match File::open(path) {
        Ok(opened) => deliveries(lines(BufReader::new(opened), file)),
        Err(source) => Err(RecordingError::File { file, source }),
    }
}

fn deliveries(
    lines: impl Iterator<Item = Result<(usize, Recorded), RecordingError>>,
) -> Result<Recording, RecordingError> {
    let (mut deliveries, mut left_out) = (Vec::new(), 0);
    for line in lines {
        let (number, recorded) = line?;
        match recorded.delivery(number) {
            Some(delivery) => deliveries.push(delivery),
            None => left_out += 1,
        }
    }
    Ok(Recording {
        deliveries: traffic::in_order(deliveries),
        left_out,
    })
}

/// The lines of a recording, one after the other, with their numbers; `file` is what errors call it. Ends after the
/// first error. Empty lines are passed over.
pub fn lines(
    mut reader: impl BufRead,
    file: String,
) -> impl Iterator<Item = Result<(usize, Recorded), RecordingError>> {
    let (mut number, mut failed) = (0, false);
    let mut next = move || {
        loop {
            let mut bytes = Vec::new();
            let file = file.clone();
            let read = reader.by_ref().take(LINE).read_until(b'\n', &mut bytes);
            if let Err(source) = read {
                return Some(Err(RecordingError::File { file, source }));
            }
            number += 1;
            let recorded = match bytes.trim_ascii() {
                [] if bytes.is_empty() => return None,
                [] => continue,
                line if line.len() as u64 == LINE => Err("the line is too long"),
                line => Recorded::parse(line),
            };
            let line = number;
            return Some(match recorded {
                Ok(recorded) => Ok((line, recorded)),
                Err(what) => Err(RecordingError::Line { file, line, what }),
            });
        }
    };
    std::iter::from_fn(move || {
        let line = if failed { None } else { next() };
        failed = matches!(line, Some(Err(_)));
        line
    })
}

impl Recorded {
    /// Writes the line and its end.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let (mut body, mut body_hex, mut withheld_bytes) = (None, None, None);
        match &self.body {
            Body::Withheld(bytes) => withheld_bytes = Some(*bytes),
            Body::Bytes(bytes) => match str::from_utf8(bytes) {
                Ok(text) => body = Some(text.to_owned()),
                Err(_) => body_hex = Some(hex::encode(bytes)),
            },
        }
        let line = Line {
            received_at: self.received_at,
            request_id: self.request_id.clone(),
            body,
            body_hex,
            withheld_bytes,
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")
    }

    fn parse(line: &[u8]) -> Result<Self, &'static str> {
        let line: Line = serde_json::from_slice(line)
            .map_err(|_| "not an object with a number `received_at` and a text `body`")?;
        if !(0..=LAST).contains(&line.received_at) {
            return Err("`received_at` is no time in Unix milliseconds");
        }
        let header = |id: &String| {
            id.bytes()
                .all(|byte| byte == b' ' || byte.is_ascii_graphic())
        };
        if !line.request_id.iter().all(header) {
            return Err("`request_id` cannot be sent in a header");
        }
        let body = match (line.body, line.body_hex, line.withheld_bytes) {
            (Some(text), None, None) => Body::Bytes(text.into_bytes()),
            (None, Some(hex), None) => {
                Body::Bytes(hex::decode(hex).map_err(|_| "`body_hex` is not hexadecimal")?)
            }
            (None, None, Some(bytes)) => Body::Withheld(bytes),
            _ => return Err("give one of `body`, `body_hex`, `withheld_bytes`"),
        };
        Ok(Self {
            received_at: line.received_at,
            request_id: line.request_id,
            body,
        })
    }

    /// As it can be sent; where Zoom gave it no id, its line makes one.
    fn delivery(self, line: usize) -> Option<Delivery> {
        let Body::Bytes(bytes) = self.body else {
            return None;
        };
        Some(Delivery {
            at: self.received_at,
            body: String::from_utf8(bytes).ok()?,
            request_id: self
                .request_id
                .unwrap_or_else(|| Rng::new(line as u64).request_id()),
        })
    }
}

#[cfg(test)]
mod tests;
