//! What happens in one run of a meeting, as a script: who is connected from when to when, and what becomes of the news.
//!
//! The script is the truth; [`super::traffic`] makes of it what Zoom would send.

use super::school::Identity;

/// One run of a meeting, from its start to its end; Zoom gives each its own uuid.
pub struct Run {
    /// Zoom's `uuid`.
    pub uuid: String,
    /// Actual start, Unix seconds.
    pub starts: i64,
    /// Actual end, Unix seconds.
    pub ends: i64,
    /// Everyone's connections.
    pub connections: Vec<Connection>,
}

/// One client's connection, through all the rooms it visits.
pub struct Connection {
    /// Zoom's `participant_uuid`.
    pub uuid: String,
    /// Index into the class's enrolled students; `None` for a host or a guest.
    pub student: Option<usize>,
    /// What its events carry about who it is.
    pub identity: Identity,
    /// Its rooms in order; one that begins when the last ends is a room move.
    pub visits: Vec<Visit>,
    /// Whether this is a phone that Zoom binds to the connection before it in the run.
    pub bound: bool,
}

/// A connection in one room, `[joins, leaves)` in Unix seconds.
#[derive(Clone)]
pub struct Visit {
    /// Unix seconds.
    pub joins: i64,
    /// Unix seconds; never beyond the run's end.
    pub leaves: i64,
    /// What becomes of its two events.
    pub fate: Fate,
}

/// What becomes of the two events of a [`Visit`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// Both are delivered.
    Told,
    /// The join never arrives.
    JoinLost,
    /// The leave never arrives.
    LeaveLost,
    /// Both are delivered twice, byte for byte.
    Twice,
    /// The leave arrives before the join.
    LeaveFirst,
    /// The leave arrives 40 seconds late: after the join of the next room, if there is one.
    LeaveLate,
}

impl Visit {
    /// A visit whose events both arrive.
    pub fn told(joins: i64, leaves: i64) -> Self {
        Self {
            joins,
            leaves,
            fate: Fate::Told,
        }
    }
}
