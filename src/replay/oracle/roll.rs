//! Whom each key names: the school's people, written down once by everything that they can be told by.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::Event;
use crate::replay::school::{Class, School};

/// `sourced_id`s by a key's value.
type Names = BTreeMap<String, BTreeSet<String>>;

/// The whole school's keys.
#[derive(Default)]
pub(super) struct Roll {
    customer_keys: Names,
    accounts: Names,
    emails: Names,
    /// By class and registrant.
    registrants: BTreeMap<(String, String), String>,
}

impl Roll {
    pub(super) fn of(school: &School) -> Self {
        let mut roll = Self::default();
        for student in &school.students {
            roll.add(
                &student.sourced_id,
                student.zoom_user_id.as_deref(),
                student.email.as_deref(),
            );
        }
        for teacher in &school.teachers {
            roll.add(
                &teacher.sourced_id,
                Some(&teacher.zoom_user_id),
                Some(&teacher.email),
            );
        }
        for class in &school.classes {
            for enrolled in &class.enrolled {
                if let Some(registrant) = enrolled.registrant_id.clone() {
                    let student = school.students[enrolled.student].sourced_id.clone();
                    let key = (class.sourced_id.clone(), registrant);
                    roll.registrants.insert(key, student);
                }
            }
        }
        roll
    }

    fn add(&mut self, person: &str, account: Option<&str>, email: Option<&str>) {
        let note = |names: &mut Names, key: String| {
            names.entry(key).or_default().insert(person.to_owned());
        };
        note(&mut self.customer_keys, person.to_owned());
        if let Some(account) = account {
            note(&mut self.accounts, account.to_owned());
        }
        if let Some(email) = email {
            note(&mut self.emails, email.to_lowercase());
        }
    }

    /// Everybody named by an event's keys.
    pub(super) fn named(&self, class: &Class, event: &Event) -> BTreeSet<String> {
        let email = event.says("email").map(|email| email.to_lowercase());
        let keys = [
            (&self.customer_keys, event.says("customer_key")),
            (&self.accounts, event.says("participant_user_id")),
            (&self.accounts, event.says("id")),
            (&self.emails, email),
        ];
        let mut named = BTreeSet::new();
        for (names, key) in keys {
            let people = key.and_then(|key| names.get(&key));
            named.extend(people.into_iter().flatten().cloned());
        }
        if let Some(registrant) = event.says("registrant_id") {
            let key = (class.sourced_id.clone(), registrant);
            named.extend(self.registrants.get(&key).cloned());
        }
        named
    }
}
