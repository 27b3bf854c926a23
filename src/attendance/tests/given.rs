//! What a case is judged by: a small school, the default rule, and the means to change both.

use super::timeline::{at, day, events, lines, people};
use crate::attendance::{
    confirmed::{Key, KeyKind},
    event::Instant,
    lesson::Part,
    occurrence::Occurrence,
    report::{Context, Neighbour, Report},
    school::{ClassId, Meeting, MeetingId, Rule, School, UserId},
};

/// The number of the only meeting.
pub(super) const MEETING: &str = "85512340977";
pub(super) const ANA: UserId = UserId(1);
pub(super) const BEN: UserId = UserId(2);
pub(super) const CLEO: UserId = UserId(3);
/// A user whose id has letters, so that its case matters.
pub(super) const DAN: UserId = UserId(0xABCD_EF00_0000_4000_8000_0000_0000_0004);

/// What a case is judged by.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) school: School,
    pub(super) rule: Rule,
    pub(super) neighbours: Vec<Neighbour>,
    pub(super) uuid: &'static str,
    pub(super) now: Instant,
}

/// Ana, Ben, Cleo and Dan; one meeting without any schedule; noon.
pub(super) fn given() -> Given {
    let mut school = School::default();
    for (name, user) in [("ana", ANA), ("ben", BEN), ("cleo", CLEO), ("dan", DAN)] {
        let one = || vec![user];
        school.emails.insert(format!("{name}@school").into(), one());
        school
            .zoom_users
            .insert(format!("zoom-{name}").into(), one());
        school.customer_keys.insert(user.to_string().into(), one());
        school
            .customer_keys
            .insert(format!("S-{name}").into(), one());
        let registrants = school.registrants.entry(MEETING.into()).or_default();
        registrants.insert(format!("reg-{name}").into(), one());
    }
    let given = Given {
        school,
        rule: Rule::default(),
        neighbours: Vec::new(),
        uuid: "m",
        now: at("12:00"),
    };
    given.meeting(None, None, None)
}

impl Given {
    /// With the meeting scheduled so.
    pub(super) fn meeting(
        mut self,
        start: Option<&str>,
        minutes: Option<i64>,
        timezone: Option<&str>,
    ) -> Self {
        let meeting = Meeting {
            id: MeetingId(85),
            class: Some(ClassId(9)),
            start: start.map(at),
            minutes,
            timezone: timezone.map(Into::into),
        };
        self.school.meetings.insert(MEETING.into(), meeting);
        self
    }

    /// At this time.
    pub(super) fn now(mut self, now: &str) -> Self {
        self.now = at(now);
        self
    }

    /// With another occurrence of the meeting.
    pub(super) fn after(mut self, uuid: &str, start: &str, last: &str, date: &str) -> Self {
        self.neighbours.push(Neighbour {
            uuid: uuid.into(),
            start: at(start),
            last: at(last),
            date: day(date),
        });
        self
    }

    /// With `value` of that kind confirmed as this user's, in this meeting and occurrence.
    pub(super) fn confirmed(mut self, kind: KeyKind, value: &str, user: UserId) -> Self {
        let scope = match kind {
            KeyKind::Registrant => MEETING,
            KeyKind::Connection => self.uuid,
            _ => "",
        };
        let (scope, value) = (scope.into(), value.into());
        let key = Key { kind, scope, value };
        self.school.confirmed.insert(key, user);
        self
    }

    /// The keys under which the person called `person` can be confirmed.
    pub(super) fn keys_of(&self, person: &str, timeline: &str) -> Vec<(KeyKind, Box<str>)> {
        let keys = fold(timeline).keys_of(person, &self.context());
        keys.into_iter().map(|key| (key.kind, key.value)).collect()
    }

    /// With a rule changed by `change`.
    pub(super) fn rule(mut self, change: impl FnOnce(&mut Rule)) -> Self {
        change(&mut self.rule);
        self
    }

    /// The report on what `timeline` brings into being.
    pub(super) fn report(&self, timeline: &str) -> Report {
        self.judge(&fold(timeline)).expect("an occurrence")
    }

    /// The report on `occurrence`, if it exists.
    pub(super) fn judge(&self, occurrence: &Occurrence) -> Option<Report> {
        occurrence.report(&self.context(), self.now)
    }

    fn context(&self) -> Context<'_> {
        Context {
            uuid: self.uuid,
            meeting: MEETING,
            school: &self.school,
            rule: &self.rule,
            neighbours: &self.neighbours,
        }
    }

    /// What `timeline` brings to its lesson.
    pub(super) fn part(&self, timeline: &str) -> Part {
        Part::of(&self.report(timeline), self.rule.present_after)
    }

    /// Asserts who was there, as [`people`] prints it.
    #[track_caller]
    pub(super) fn check(&self, timeline: &str, expected: &str) {
        assert_eq!(people(&self.report(timeline)), lines(expected));
    }
}

/// The occurrence that `timeline` makes.
pub(super) fn fold(timeline: &str) -> Occurrence {
    let mut occurrence = Occurrence::default();
    for (event, arrival) in events(timeline) {
        occurrence.fold(&event, arrival);
    }
    occurrence
}

/// Asserts who was there, for the given school and rule.
#[track_caller]
pub(super) fn check(timeline: &str, expected: &str) {
    given().check(timeline, expected);
}
