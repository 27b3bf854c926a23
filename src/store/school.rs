//! The school as one snapshot, and the marker of which school attendance was computed from.
//!
//! Other software may write `users`, `classes`, `class_students`, `zoom_meetings` and
//! `meeting_registrants` too, so the snapshot is compared as a whole: what changed it does not matter.

use super::{
    StoreError,
    connect::Pools,
    convert::{civil_date, instant, key_kind_from},
    entity::{
        class_student, confirmed_match, meeting_occurrence, meeting_registrant, user, zoom_meeting,
    },
    occurrences, state,
};
use crate::attendance::{
    confirmed::{Confirmed, Key},
    school::{ClassId, Enrolment, Meeting, MeetingId, School, UserId},
};
use sea_orm::{
    AccessMode, DatabaseTransaction, DbBackend, DbErr, EntityTrait, ExprTrait, IsolationLevel,
    QueryFilter, TransactionTrait, sea_query::Expr,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A snapshot and its fingerprint.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The school.
    pub school: School,
    /// SHA-256 over all that attendance depends on but what is confirmed, in hex.
    pub digest: String,
    /// The same of what is confirmed; none while nothing is.
    pub confirmed: Option<String>,
}

/// Reads the whole school.
pub async fn load(db: &Pools) -> Result<Snapshot, StoreError> {
    let transaction = one_point_in_time(db).await?;
    let users = user::Entity::find().all(&transaction).await?;
    let enrolments = class_student::Entity::find().all(&transaction).await?;
    let meetings = zoom_meeting::Entity::find().all(&transaction).await?;
    let registrants = meeting_registrant::Entity::find().all(&transaction).await?;
    let confirmed = confirmed_match::Entity::find().all(&transaction).await?;
    transaction.commit().await?;
    let mut digest = Digester::default();
    let mut school = School::default();
    add_users(&mut school, users, &mut digest);
    add_enrolments(&mut school, enrolments, &mut digest);
    let numbers = add_meetings(&mut school, meetings, &mut digest);
    add_registrants(&mut school, registrants, &numbers, &mut digest);
    let digest_confirmed = digest_confirmed(&confirmed);
    school.confirmed = said(confirmed);
    Ok(Snapshot {
        school,
        digest: digest.finish(),
        confirmed: digest_confirmed,
    })
}

/// A transaction whose queries all see the same state. On SQLite every one does.
async fn one_point_in_time(db: &Pools) -> Result<DatabaseTransaction, DbErr> {
    match db.backend {
        DbBackend::Postgres => {
            let (isolation, access) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
            db.read
                .begin_with_config(Some(isolation), Some(access))
                .await
        }
        _ => db.read.begin().await,
    }
}

fn add_users(school: &mut School, mut users: Vec<user::Model>, digest: &mut Digester) {
    users.sort_by_key(|user| user.id);
    for user in users {
        let id = UserId(user.id.as_u128());
        digest.add(&[
            &user.id.to_string(),
            text(user.sourced_id.as_ref()),
            text(user.zoom_user_id.as_ref()),
            text(user.email.as_ref()),
        ]);
        name(&mut school.customer_keys, Some(user.id.to_string()), id);
        name(&mut school.customer_keys, user.sourced_id, id);
        name(&mut school.zoom_users, user.zoom_user_id, id);
        name(
            &mut school.emails,
            user.email.map(|email| email.trim().to_lowercase()),
            id,
        );
    }
}

/// Lets `key` name `id`; an empty key names nobody.
fn name(keys: &mut HashMap<Box<str>, Vec<UserId>>, key: Option<String>, id: UserId) {
    if let Some(key) = key.filter(|key| !key.is_empty()) {
        let named = keys.entry(key.into_boxed_str()).or_default();
        if !named.contains(&id) {
            named.push(id);
        }
    }
}

fn add_enrolments(
    school: &mut School,
    enrolments: Vec<class_student::Model>,
    digest: &mut Digester,
) {
    for row in enrolments {
        let enrolment = Enrolment {
            student: UserId(row.student_id.as_u128()),
            begin: row.begin_date.map(civil_date),
            end: row.end_date.map(civil_date),
        };
        school
            .classes
            .entry(ClassId(row.class_id.as_u128()))
            .or_default()
            .push(enrolment);
    }
    for students in school.classes.values_mut() {
        students.sort_unstable();
        students.dedup();
    }
    for (class, students) in school.classes.iter().collect::<BTreeMap<_, _>>() {
        digest.add(&[&format!("{class:?}{students:?}")]);
    }
}

/// Returns the meetings' numbers by their row ids.
fn add_meetings(
    school: &mut School,
    mut meetings: Vec<zoom_meeting::Model>,
    digest: &mut Digester,
) -> HashMap<Uuid, Box<str>> {
    meetings.sort_by_key(|meeting| meeting.id);
    let mut numbers = HashMap::new();
    for row in meetings {
        let number: Box<str> = row.zoom_meeting_id.trim().into();
        let meeting = Meeting {
            id: MeetingId(row.id.as_u128()),
            class: row.class_id.map(|id| ClassId(id.as_u128())),
            start: row.start_time.map(instant),
            minutes: row.duration.map(i64::from),
            timezone: row.timezone.map(Into::into),
        };
        digest.add(&[&number, &format!("{meeting:?}")]);
        numbers.insert(row.id, number.clone());
        school.meetings.insert(number, meeting);
    }
    numbers
}

fn add_registrants(
    school: &mut School,
    mut registrants: Vec<meeting_registrant::Model>,
    numbers: &HashMap<Uuid, Box<str>>,
    digest: &mut Digester,
) {
    registrants.sort_by_key(|row| row.id);
    for row in registrants {
        let (Some(user), Some(number)) = (row.user_id, numbers.get(&row.meeting_id)) else {
            continue;
        };
        if matches!(row.status.as_deref(), Some("denied" | "cancelled")) {
            continue; // Zoom lets nobody in by it, so whoever carries it is somebody else.
        }
        digest.add(&[
            number,
            text(row.zoom_registrant_id.as_ref()),
            &user.to_string(),
        ]);
        let keys = school.registrants.entry(number.clone()).or_default();
        name(keys, row.zoom_registrant_id, UserId(user.as_u128()));
    }
}

/// A row whose kind a newer release wrote says nothing here.
fn said(rows: Vec<confirmed_match::Model>) -> Confirmed {
    let mut confirmed = Confirmed::default();
    for row in rows {
        if let Some(kind) = key_kind_from(&row.kind) {
            let (scope, value) = (row.scope.into(), row.key.into());
            let user = UserId(row.user_id.as_u128());
            confirmed.insert(Key { kind, scope, value }, user);
        }
    }
    confirmed
}

/// SHA-256 over what is confirmed, in hex; none while nothing is.
pub(super) fn digest_confirmed(rows: &[confirmed_match::Model]) -> Option<String> {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort_by(|a, b| (&a.kind, &a.scope, &a.key).cmp(&(&b.kind, &b.scope, &b.key)));
    let mut digest = Digester::default();
    for row in &rows {
        digest.add(&[&row.kind, &row.scope, &row.key, &row.user_id.to_string()]);
    }
    (!rows.is_empty()).then(|| digest.finish())
}

/// The fingerprint `digest` of everything with that of what is confirmed put in, or put in another's place.
pub fn with_confirmed(digest: &str, confirmed: Option<&str>) -> String {
    const CONFIRMED: &str = " confirmed ";
    let rest = digest.split(CONFIRMED).next().unwrap_or_default();
    match confirmed {
        Some(confirmed) => [rest, CONFIRMED, confirmed].concat(),
        None => rest.to_owned(),
    }
}

fn text(value: Option<&String>) -> &str {
    value.map_or("", String::as_str)
}

/// Fields with their lengths in front, so that no two lists of fields look alike.
#[derive(Default)]
struct Digester(Sha256);

impl Digester {
    fn add(&mut self, fields: &[&str]) {
        for field in fields {
            self.0.update((field.len() as u64).to_le_bytes());
            self.0.update(field);
        }
    }

    fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// Makes every occurrence due where `digest` is not the school that attendance was computed from. From then on
/// the writer refuses what was judged by another.
///
/// In one transaction with the new digest, so that a crash in between cannot leave a mark behind.
pub async fn adopt(db: &Pools, digest: &str, now_ms: i64) -> Result<bool, StoreError> {
    if state::get(&db.read, state::SCHOOL_DIGEST).await?.as_deref() == Some(digest) {
        return Ok(false);
    }
    let transaction = db.begin().await?;
    state::put(&transaction, state::SCHOOL_DIGEST, digest).await?;
    meeting_occurrence::Entity::update_many()
        .col_expr(
            meeting_occurrence::Column::Revision,
            Expr::col(meeting_occurrence::Column::Revision).add(1),
        )
        .col_expr(meeting_occurrence::Column::DueAt, Expr::value(now_ms))
        .filter(occurrences::computable())
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(true)
}
