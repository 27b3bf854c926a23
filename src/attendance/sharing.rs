//! Sharing: one registrant at two places at once, under two names.
//!
//! A personal join link that was passed on gives two people one `registrant_id` (docs/zoom.md 4). Nobody is
//! separated for it: it is flagged for review.

use super::{
    connection::Connection,
    event::Instant,
    facts::{Kind, latest},
    interval::Interval,
    stay::Stay,
};

/// Whether two of one person's `connections`, each with its `stays`, overlap under different names with
/// the same `registrant_id`. Stays that are still open reach to `last`.
pub(super) fn is_shared(
    connections: &[Connection<'_>],
    stays: &[Vec<Stay>],
    last: Instant,
) -> bool {
    let sessions: Vec<_> = connections
        .iter()
        .zip(stays)
        .flat_map(|(connection, stays)| sessions(connection, stays, last))
        .collect();
    sessions.iter().enumerate().any(|(i, one)| {
        let rest = &sessions[i + 1..];
        rest.iter().any(|other| one.clashes_with(other))
    })
}

/// One registrant under one name, for as long as they were there.
struct Session<'a> {
    registrant: &'a str,
    name: &'a str,
    spans: Vec<Interval>,
}

impl Session<'_> {
    fn clashes_with(&self, other: &Self) -> bool {
        let overlap = || {
            let overlaps = |a: &Interval| other.spans.iter().any(|b| a.overlaps(*b));
            self.spans.iter().any(overlaps)
        };
        self.registrant == other.registrant && self.name != other.name && overlap()
    }
}

/// The sessions of one connection: one for each registrant id that it carried, all under its latest name.
fn sessions<'a>(connection: &Connection<'a>, stays: &[Stay], last: Instant) -> Vec<Session<'a>> {
    let Some(name) = latest(connection.facts(), Kind::Name) else {
        return Vec::new();
    };
    let registrants = connection.facts().filter(|f| f.kind == Kind::Registrant);
    registrants
        .map(|fact| Session {
            registrant: fact.value,
            name: name.trim(),
            spans: stays.iter().filter_map(|stay| span(stay, last)).collect(),
        })
        .collect()
}

/// What a stay counts; an open one, as far as it reaches by now.
fn span(stay: &Stay, last: Instant) -> Option<Interval> {
    let join = stay.join.filter(|_| stay.is_open());
    stay.counted.or_else(|| Interval::new(join?.at, last))
}
