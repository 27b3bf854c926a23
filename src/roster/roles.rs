//! `roles.csv` (OneRoster 1.2): what each person is, at one school or several.

use super::ROLES;
use super::model::Role;
use super::problem::Problems;
use super::record::{ID, Once};
use super::table::{Columns, Table};
use std::collections::HashMap;

const COLUMNS: Columns = Columns {
    required: &["userSourcedId", "role"],
    optional: &["sourcedId", "status", "roleType"],
    names: &[],
};

/// The roles of a set.
pub(super) struct Roles {
    by_user: HashMap<String, Held>,
    /// Whether all of the file was understood; if not, a user without role may have one.
    pub(super) is_whole: bool,
}

/// What a person's roles come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Held {
    /// None but roles that are of no concern to attendance.
    LeftOut,
    /// Secondary roles alone, this being the strongest.
    Secondary(Role),
    /// A primary role; of several (one for each school) the strongest.
    Primary(Role),
}

impl Held {
    /// The role that counts; none if the person is left out.
    pub(super) fn role(self) -> Option<Role> {
        match self {
            Self::LeftOut => None,
            Self::Secondary(role) | Self::Primary(role) => Some(role),
        }
    }
}

impl Roles {
    /// What `user` is; none if the file does not say.
    pub(super) fn of(&self, user: &str) -> Option<Held> {
        self.by_user.get(user).copied()
    }
}

/// Reads the file. Roles that are to be deleted are not held.
pub(super) fn read(bytes: &[u8], problems: &mut Problems) -> Roles {
    let problems_before = problems.total();
    let by_user = Table::open(ROLES, bytes, &COLUMNS, problems)
        .map(|table| read_rows(table, problems))
        .unwrap_or_default();
    Roles {
        by_user,
        is_whole: problems.total() == problems_before,
    }
}

fn read_rows(mut table: Table<'_>, problems: &mut Problems) -> HashMap<String, Held> {
    let mut by_user = HashMap::new();
    let mut ids = Once::default();
    while let Some(mut record) = table.next_record(problems) {
        if let Some(id) = record.optional_id("sourcedId") {
            ids.check(&id, "sourcedId", &mut record);
        }
        let user = record.id("userSourcedId");
        let role = record.required_parsed("role", Role::named).flatten();
        let kind = record.text("roleType", ID);
        let is_primary = kind.is_some_and(|kind| kind.eq_ignore_ascii_case("primary"));
        let held = match role {
            None => Held::LeftOut,
            Some(role) if is_primary => Held::Primary(role),
            Some(role) => Held::Secondary(role),
        };
        let is_deleted = record.is_deleted();
        if let Some((user, held)) = record.finish((user, held), problems)
            && !is_deleted
        {
            let strongest = by_user.entry(user).or_insert(held);
            *strongest = held.max(*strongest);
        }
    }
    by_user
}
