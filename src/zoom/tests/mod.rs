//! Zoom's sample bodies, signature vectors and arrival sequences, and what hostile ones must not do.

mod hostile;
mod properties;
mod samples;
mod sequences;
mod tolerance;
mod vectors;

use std::path::PathBuf;

use super::envelope::Envelope;
use super::translate::{Delivery, translate};
use crate::attendance::event::{Identity, Instant, Moment, Setting};

/// 2026-10-05T09:00:00Z, the scheduled start of the sampled lesson.
const NINE: i64 = 1_791_190_800;

fn fixtures() -> PathBuf {
    let here = PathBuf::from(file!());
    let folder = here.parent().expect("a file lies in a folder");
    folder.join("../../../tests/fixtures/zoom")
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(name)).expect(name)
}

fn deliver(body: &[u8]) -> Delivery {
    translate(&Envelope::parse(body).expect("an envelope"))
}

/// What the sampled lesson says of itself: it really began at 08:58:41.
fn maths() -> Setting {
    Setting {
        start: Some(Instant(NINE - 79)),
        timezone: Some("Europe/London".into()),
        minutes: Some(50),
        topic: Some("Year 9 Maths — Set 2".into()),
    }
}

fn stated(at: i64) -> Moment {
    Moment {
        at: Instant(at),
        approximate: false,
    }
}

fn approximate(at: i64) -> Moment {
    Moment {
        at: Instant(at),
        approximate: true,
    }
}

fn connection(uuid: &str, user_id: &str) -> Identity {
    Identity {
        participant_uuid: Some(uuid.into()),
        user_id: Some(user_id.into()),
        ..Identity::default()
    }
}
