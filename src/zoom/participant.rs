//! Who an event speaks of: `object.participant` made an [`Identity`].
//!
//! Decides which of Zoom's fields is which key and how long a key may be. What a key is worth, and
//! what becomes of a participant without any, is the attendance core's affair.

use super::object::Object;
use crate::attendance::event::Identity;

/// Characters of a name or topic that are kept.
pub(super) const LABEL: usize = 500;
/// A key longer than this is none of Zoom's; its longest are about 40 characters.
pub(super) const KEY: usize = 256;

/// The keys of `participant`. An older field, `id`, stands in for `participant_user_id`.
pub(super) fn identity(participant: &Object<'_>) -> Identity {
    let key = |name| participant.key(name, KEY);
    Identity {
        participant_uuid: key("participant_uuid"),
        user_id: key("user_id"),
        zoom_user_id: key("participant_user_id").or_else(|| key("id")),
        registrant_id: key("registrant_id"),
        customer_key: key("customer_key"),
        email: key("email").map(|email| email.to_lowercase().into()),
        name: participant.label("user_name", LABEL),
    }
}

/// The two connections of a bind: the phone's, and the one of the person who holds the phone. `None`
/// where either has neither of its keys.
pub(super) fn bound(participant: &Object<'_>) -> Option<(Identity, Identity)> {
    let phone = connection(participant, "participant_uuid", "user_id")?;
    let person = connection(participant, "bind_participant_uuid", "bind_user_id")?;
    Some((phone, person))
}

fn connection(participant: &Object<'_>, uuid: &str, user_id: &str) -> Option<Identity> {
    let identity = Identity {
        participant_uuid: participant.key(uuid, KEY),
        user_id: participant.key(user_id, KEY),
        ..Identity::default()
    };
    (identity != Identity::default()).then_some(identity)
}
