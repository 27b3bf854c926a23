//! People: connections tied together by identity.
//!
//! Connections bound together are one group, and its keys together name a user or nobody. Groups of the
//! same user are one person, and so are unmatched groups of the same e-mail. Nobody is ever tied
//! together by name.

use super::{
    confirmed::{self, Key, Place},
    connection::{Connection, groups},
    ending::EndedBy,
    event::Instant,
    facts::{Fact, Kind, latest},
    interval::{Interval, total, union},
    matching::{Match, MatchedBy},
    occurrence::Occurrence,
    school::{School, UserId},
    sharing::is_shared,
    stay::{Stay, stays},
};
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    fmt,
};

/// One or several connections tied together by identity.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Person {
    /// Unique and stable within the occurrence: `user:<uuid>`, `email:<e-mail>`, `connection:<key>` or `conflict:<key>`.
    pub key: Box<str>,
    /// The user that all keys agree on.
    pub user: Option<UserId>,
    /// By which key.
    pub matched_by: Option<MatchedBy>,
    /// Keys name different users.
    pub conflict: bool,
    /// Overlapping connections of one registrant under different names.
    pub shared_registrant: bool,
    /// The latest name.
    pub name: Option<Box<str>>,
    /// The latest e-mail.
    pub email: Option<Box<str>>,
    /// The latest Zoom account.
    pub zoom_user_id: Option<Box<str>>,
    /// The latest registrant id.
    pub registrant_id: Option<Box<str>>,
    /// Every stay, in order of (first known instant, connection, user id).
    pub stays: Vec<Stay>,
    /// The union of what the stays count: sorted, disjoint, not touching.
    pub intervals: Vec<Interval>,
}

impl Person {
    /// Length of the union, in seconds.
    pub fn seconds(&self) -> i64 {
        total(&self.intervals)
    }
}

/// People never reach a log, not even by accident.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(..)")
    }
}

/// The time that stays are judged by.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// The occurrence's end, once it is known.
    pub(super) end: Option<(Instant, EndedBy)>,
    /// The last instant of the occurrence: how far a stay that is still open reaches so far.
    pub(super) last: Instant,
}

/// Everybody in the occurrence seen at `place`, in order of key.
pub(super) fn people(
    occurrence: &Occurrence,
    place: Place<'_>,
    school: &School,
    limits: Limits,
) -> Vec<Person> {
    let whom = |connections: &[_]| Match::of(connections, place, school);
    let mut people: BTreeMap<Box<str>, (Match, Vec<Connection<'_>>)> = BTreeMap::new();
    for group in groups(occurrence) {
        let matched = whom(&group);
        match people.entry(person_key(matched, &group)) {
            Entry::Vacant(first) => _ = first.insert((matched, group)),
            Entry::Occupied(mut others) => {
                let (matched, connections) = others.get_mut();
                connections.extend(group);
                *matched = whom(connections);
            }
        }
    }
    people
        .into_iter()
        .map(|(key, (matched, connections))| person(key, matched, &connections, limits))
        .collect()
}

/// The keys under which the person called `key` can be confirmed; none where there is no such person.
pub(super) fn keys(
    occurrence: &Occurrence,
    place: Place<'_>,
    school: &School,
    key: &str,
) -> BTreeSet<Key> {
    let is_theirs =
        |group: &Vec<Connection<'_>>| *person_key(Match::of(group, place, school), group) == *key;
    let theirs = groups(occurrence).filter(is_theirs);
    theirs
        .flat_map(|group| confirmed::keys(&group, place))
        .collect()
}

/// Who a group is, as a key: a user, an unmatched e-mail, else the group itself.
fn person_key(matched: Match, group: &[Connection<'_>]) -> Box<str> {
    let least = group[0].key;
    match matched {
        Match::One(user, _) => format!("user:{user}"),
        Match::Conflict => format!("conflict:{least}"),
        Match::Nobody => match latest(facts(group), Kind::Email) {
            Some(email) => format!("email:{email}"),
            None => format!("connection:{least}"),
        },
    }
    .into()
}

fn person(key: Box<str>, matched: Match, connections: &[Connection<'_>], limits: Limits) -> Person {
    let stays_of: Vec<_> = connections.iter().map(|c| stays(c, limits.end)).collect();
    let shared_registrant = is_shared(connections, &stays_of, limits.last);
    let mut stays: Vec<Stay> = stays_of.into_iter().flatten().collect();
    stays.sort_by(|a, b| order(a).cmp(&order(b)));
    let latest = |kind| latest(facts(connections), kind).map(Into::into);
    let (user, matched_by) = match matched {
        Match::One(user, by) => (Some(user), Some(by)),
        Match::Nobody | Match::Conflict => (None, None),
    };
    Person {
        key,
        user,
        matched_by,
        conflict: matched == Match::Conflict,
        shared_registrant,
        name: latest(Kind::Name),
        email: latest(Kind::Email),
        zoom_user_id: latest(Kind::ZoomUser),
        registrant_id: latest(Kind::Registrant),
        intervals: union(stays.iter().filter_map(|s| s.counted)),
        stays,
    }
}

fn facts<'s, 'a>(
    connections: &'s [Connection<'a>],
) -> impl Iterator<Item = Fact<'a>> + use<'s, 'a> {
    connections.iter().flat_map(Connection::facts)
}

fn order(stay: &Stay) -> (Option<Instant>, &str, Option<&str>) {
    (stay.first(), &stay.connection, stay.zoom_user_id.as_deref())
}
