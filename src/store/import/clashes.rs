//! What only one user may have: an e-mail, in any case, and a Zoom user id.

use super::draft::Draft;
use crate::{
    roster::{Problems, USERS, User},
    store::entity::user,
};
use std::collections::HashMap;
use uuid::Uuid;

/// The ids of users, by something that they have.
pub(super) type Holders = HashMap<String, Vec<Uuid>>;

/// Users by e-mail, as [`folded`].
pub(super) fn by_email<'m>(rows: impl Iterator<Item = &'m user::Model>) -> Holders {
    holders(rows, folded)
}

/// A user's e-mail, trimmed and in lower case.
pub(super) fn folded(row: &user::Model) -> Option<String> {
    let email = row.email.as_deref()?.trim().to_lowercase();
    Some(email).filter(|email| !email.is_empty())
}

fn holders<'m>(
    rows: impl Iterator<Item = &'m user::Model>,
    what: impl Fn(&user::Model) -> Option<String>,
) -> Holders {
    let mut holders = Holders::new();
    for row in rows {
        if let Some(what) = what(row) {
            holders.entry(what).or_default().push(row.id);
        }
    }
    holders
}

/// A problem for each of the set's users, `staying`, who has what another user of the `draft` has. `stored` are the
/// holders of e-mails before the import.
pub(super) fn find<'r>(
    draft: &Draft<user::Model>,
    stored: &Holders,
    staying: impl Iterator<Item = &'r User>,
    problems: &mut Problems,
) {
    // Nobody knows what users would have whose rows are broken.
    let is_lost = |row: &user::Model| {
        let name = row.sourced_id.as_deref();
        name.is_some_and(|name| problems.has_lost(USERS, name))
    };
    let rows = || draft.rows().map(|(_, row)| row).filter(|row| !is_lost(row));
    let emails = by_email(rows());
    let zoom_user_ids = holders(rows(), |row| row.zoom_user_id.clone());
    for user in staying {
        let email = user.email.as_ref();
        if shared(&emails, email).is_some() {
            problems.push(user.at, email_clash(shared(stored, email)));
        }
        if shared(&zoom_user_ids, user.zoom_user_id.as_ref()).is_some() {
            let what = "zoom_user_id is already that of another stored user";
            problems.push(user.at, what);
        }
    }
}

/// Those who share it, if they are several.
fn shared<'h>(holders: &'h Holders, what: Option<&String>) -> Option<&'h [Uuid]> {
    let ids = holders.get(what?)?;
    (ids.len() > 1).then_some(ids)
}

/// Names the users who shared the e-mail before: no set that keeps it can end that.
fn email_clash(stored: Option<&[Uuid]>) -> String {
    let Some(ids) = stored else {
        return "email is already that of another stored user".to_owned();
    };
    let ids: Vec<_> = ids.iter().map(Uuid::to_string).collect();
    let ids = ids.join(" and ");
    format!(
        "email is that of several stored users in different case: only one of {ids} may keep it"
    )
}
