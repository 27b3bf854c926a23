//! `users.csv` (OneRoster): people. Those whose role is of no concern to attendance are left out, so
//! that no more personal data is kept than is needed.

use super::USERS;
use super::model::{Role, User};
use super::problem::Problems;
use super::record::{ID, NAME, Once, Record};
use super::roles::Roles;
use super::table::{Columns, Table};
use super::value;
use std::collections::HashSet;

const COLUMNS: Columns = Columns {
    required: &["sourcedId", "givenName", "familyName"],
    optional: &[
        "status",
        "role",
        "username",
        "email",
        "zoom_user_id",
        "preferredGivenName",
        "preferredFirstName",
        "preferredFamilyName",
        "preferredLastName",
    ],
    names: &["sourcedId", "email"],
};

/// Given names, the one that people go by first.
const GIVEN: [&str; 3] = ["preferredGivenName", "preferredFirstName", "givenName"];
/// Family names, likewise.
const FAMILY: [&str; 3] = ["preferredFamilyName", "preferredLastName", "familyName"];

/// The people of a set.
#[derive(Default)]
pub(super) struct Users {
    /// Students and staff.
    pub(super) kept: Vec<User>,
    /// The sourced ids of all others.
    pub(super) left_out: HashSet<String>,
}

/// Reads the file. A role comes from `roles` where it names one, else from the column `role`.
pub(super) fn read(bytes: &[u8], roles: Option<&Roles>, problems: &mut Problems) -> Users {
    let mut users = Users::default();
    let Some(mut table) = Table::open(USERS, bytes, &COLUMNS, problems) else {
        return users;
    };
    if roles.is_none() && !table.has("role") {
        let what = "has no column role, and the set has no roles.csv";
        problems.push(table.header(), what);
        problems.lost().add_unknown(USERS);
        return users;
    }
    let mut ids = Once::default();
    let (mut emails, mut zoom_user_ids) = (Once::default(), Once::default());
    while let Some(mut record) = table.next_record(problems) {
        let sourced_id = record.id("sourcedId");
        ids.check(&sourced_id, "sourcedId", &mut record);
        let deleted = record.is_deleted();
        let role = match role(&mut record, &sourced_id, roles) {
            Stated::As(role) => role,
            Stated::Nowhere if deleted => Role::Student,
            Stated::Nowhere => {
                match roles {
                    None => record.wrong("role is empty"),
                    Some(roles) if roles.is_whole => record.wrong("has no role in roles.csv"),
                    // A broken roles.csv has been reported; its users are not to blame.
                    Some(_) => {}
                }
                Role::Student
            }
            Stated::LeftOut => {
                users.left_out.extend(record.finish(sourced_id, problems));
                continue;
            }
        };
        let user = user(&mut record, sourced_id, role, deleted);
        if !deleted {
            let (email, zoom_user_id) = (user.email.as_deref(), user.zoom_user_id.as_deref());
            emails.check(email.unwrap_or(""), "email, in any case,", &mut record);
            zoom_user_ids.check(zoom_user_id.unwrap_or(""), "zoom_user_id", &mut record);
        }
        users.kept.extend(record.finish(user, problems));
    }
    users
}

/// What a set says of a user's role.
enum Stated {
    As(Role),
    LeftOut,
    Nowhere,
}

fn role(record: &mut Record<'_>, sourced_id: &str, roles: Option<&Roles>) -> Stated {
    let held = roles.and_then(|roles| roles.of(sourced_id));
    let role = match held {
        Some(held) => held.role(),
        None => match record.text("role", ID) {
            // A word that is no role breaks the row, the rest of which is checked all the same.
            Some(_) => record
                .parsed("role", Role::named)
                .unwrap_or(Some(Role::Student)),
            None => return Stated::Nowhere,
        },
    };
    role.map_or(Stated::LeftOut, Stated::As)
}

fn user(record: &mut Record<'_>, sourced_id: String, role: Role, deleted: bool) -> User {
    User {
        full_name: full_name(record, &sourced_id),
        email: record.email("email"),
        zoom_user_id: record.optional_id("zoom_user_id"),
        at: record.at,
        sourced_id,
        role,
        deleted,
    }
}

fn full_name(record: &mut Record<'_>, sourced_id: &str) -> String {
    let parts = [first(record, GIVEN), first(record, FAMILY)];
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if let Err(why) = value::checked_text(&name, NAME) {
        record.wrong(format!("the name {why}"));
    }
    if !name.is_empty() {
        return name;
    }
    let username = record.text("username", NAME);
    username.unwrap_or_else(|| sourced_id.to_owned())
}

fn first(record: &mut Record<'_>, columns: [&'static str; 3]) -> Option<String> {
    columns
        .into_iter()
        .find_map(|column| record.text(column, NAME))
}
