//! Zoom's deliveries of a [`Run`]: what is sent, when it arrives, what comes twice, late, or out of order.
//!
//! Latencies are those measured on real traffic: an event's `event_ts` lies up to 3.5 s after what it tells of and it
//! arrives up to 2.4 s later, so that the halves of a room move often change places; `meeting.ended` carries an earlier
//! `event_ts` than the last leaves and arrives 15 to 22 s after them.

use jiff::civil::Date;

use super::payload::{Scene, Seat};
use super::plan::{self, Course};
use super::rng::Rng;
use super::school::{Class, Identity, School, Timetable};
use super::script::{Fate, Run, Visit};

/// The first and the second retry of a delivery that was not answered, in milliseconds after it.
const RETRIES_MS: [i64; 2] = [304_000, 1_504_000];
/// How long a delivery is held back that others overtake, in milliseconds.
const HELD_BACK_MS: (i64, i64) = (5_000, 60_000);

/// One request of Zoom's.
#[derive(Clone)]
pub struct Delivery {
    /// When it arrives, Unix milliseconds.
    pub at: i64,
    /// The raw body.
    pub body: String,
    /// `x-zm-request-id`, the same in every copy.
    pub request_id: String,
}

/// How often deliveries go wrong, each in a thousand.
#[derive(Clone, Copy)]
pub struct Shares {
    /// Comes a second time, at once or as a retry whose first copy had arrived.
    pub twice: u32,
    /// Is held back for up to a minute.
    pub held_back: u32,
    /// Comes as a retry only, 5 or 25 minutes late: after the meeting's end, perhaps.
    pub late: u32,
    /// A leave without `participant_uuid`.
    pub bare: u32,
    /// A leave whose keys are all empty.
    pub faceless: u32,
    /// A run without `meeting.started`.
    pub unannounced: u32,
    /// Waiting rooms, breakout rooms, roles and events that make no presence.
    pub noise: u32,
}

impl Shares {
    /// As bad as a school day gets.
    pub const DAY: Self = Self {
        twice: 40,
        held_back: 20,
        late: 15,
        bare: 15,
        faceless: 100,
        unannounced: 100,
        noise: 300,
    };
    /// Nothing beyond what the script says.
    pub const NONE: Self = Self {
        twice: 0,
        held_back: 0,
        late: 0,
        bare: 0,
        faceless: 0,
        unannounced: 0,
        noise: 0,
    };
}

/// How long the news takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// As measured on real traffic.
    Measured,
    /// It arrives in the very second that it tells of; a meeting's end in the second after.
    Prompt,
}

/// All deliveries of the school's lessons on one local date that goes as badly as days go, in order of arrival.
pub fn day(school: &School, date: Date, seed: u64, shares: Shares) -> Vec<Delivery> {
    lessons(school, date, seed, &Course::DAY, shares)
}

/// All deliveries of the school's lessons on one local date, in order of arrival.
pub fn lessons(
    school: &School,
    date: Date,
    seed: u64,
    course: &Course,
    shares: Shares,
) -> Vec<Delivery> {
    let pace = match course.timetable {
        Timetable::Spread => Pace::Measured,
        Timetable::Bell => Pace::Prompt,
    };
    let each = school.classes.iter().flat_map(|class| {
        let runs = plan::lesson(school, class, date, seed, course);
        posted(
            school,
            class,
            &runs,
            seed ^ class.meeting.number,
            shares,
            pace,
        )
    });
    in_order(each.collect())
}

/// The deliveries of one class's runs, in order of arrival.
pub fn deliveries(
    school: &School,
    class: &Class,
    runs: &[Run],
    seed: u64,
    shares: Shares,
) -> Vec<Delivery> {
    in_order(posted(school, class, runs, seed, shares, Pace::Measured))
}

fn posted(
    school: &School,
    class: &Class,
    runs: &[Run],
    seed: u64,
    shares: Shares,
    pace: Pace,
) -> Vec<Delivery> {
    let host = &school.teachers[class.teacher];
    let each = runs.iter().flat_map(|run| {
        let scene = Scene {
            uuid: &run.uuid,
            number: class.meeting.number,
            topic: &class.title,
            timezone: &class.meeting.timezone,
            minutes: class.meeting.minutes,
            starts: run.starts,
            host_id: &host.zoom_user_id,
            host_email: &host.email,
        };
        let mut post = Post {
            rng: Rng::branch(seed, &run.uuid),
            shares,
            pace,
            sent: Vec::new(),
        };
        post.run(&scene, run);
        post.sent
    });
    each.collect()
}

/// By time of arrival.
pub fn in_order(mut deliveries: Vec<Delivery>) -> Vec<Delivery> {
    deliveries.sort_by_key(|delivery| delivery.at);
    deliveries
}

/// What a run's events go through on their way.
struct Post {
    rng: Rng,
    shares: Shares,
    pace: Pace,
    sent: Vec<Delivery>,
}

/// One visit with the seat that Zoom gives it.
struct Seated<'a> {
    connection: usize,
    visit: &'a Visit,
    user_id: String,
    /// Neither the connection's first room nor left for good.
    inner: bool,
}

impl Seated<'_> {
    fn seat<'a>(&'a self, run: &'a Run) -> Seat<'a> {
        let connection = &run.connections[self.connection];
        Seat {
            user_id: &self.user_id,
            uuid: Some(&connection.uuid),
            identity: &connection.identity,
        }
    }
}

impl Post {
    fn run(&mut self, scene: &Scene<'_>, run: &Run) {
        if !self.rng.chance(self.shares.unannounced) {
            let event_ts = run.starts * 1000 + self.measured((400, 1200), (0, 999));
            let body = scene.started(event_ts);
            let latency = self.measured((900, 900), (0, 0));
            self.send(body, event_ts, latency);
        }
        let seats = seats(run);
        for seated in &seats {
            self.visit(scene, run, seated);
        }
        self.phones(scene, run, &seats);
        self.noise(scene, run, &seats);
        let event_ts = run.ends * 1000 + self.measured((300, 600), (0, 999));
        let arrives = self.measured((14_000, 21_000), (1000, 1000));
        let body = scene.ended(run.ends, event_ts);
        self.send(body, event_ts, arrives);
    }

    fn visit(&mut self, scene: &Scene<'_>, run: &Run, seated: &Seated<'_>) {
        let (seat, visit) = (seated.seat(run), seated.visit);
        let mut arrived = None;
        if visit.fate != Fate::JoinLost {
            let event_ts = self.stamp(visit.joins);
            let body = scene.joined(seat, visit.joins, event_ts);
            arrived = Some(self.usual(body, event_ts, visit.fate));
        }
        if visit.fate != Fate::LeaveLost {
            let event_ts = self.stamp(visit.leaves);
            let body = self.leave(scene, run, seat, visit, event_ts);
            let index = self.sent.len();
            self.usual(body, event_ts, visit.fate);
            match (visit.fate, arrived) {
                (Fate::LeaveFirst, Some(arrived)) => self.sent[index].at = arrived - 1000,
                (Fate::LeaveLate, _) => self.sent[index].at += 40_000,
                _ => {}
            }
        }
        if seated.inner && self.rng.chance(self.shares.noise) {
            self.breakout(scene, seat, visit);
        }
    }

    fn leave(
        &mut self,
        scene: &Scene<'_>,
        run: &Run,
        seat: Seat<'_>,
        visit: &Visit,
        event_ts: i64,
    ) -> String {
        let reason = if visit.leaves == run.ends {
            "Host ended the meeting."
        } else {
            "left the meeting"
        };
        let faceless = Identity {
            name: seat.identity.name.clone(),
            ..Identity::default()
        };
        let told = Seat {
            uuid: if self.rng.chance(self.shares.bare) {
                None
            } else {
                seat.uuid
            },
            identity: if self.rng.chance(self.shares.faceless) {
                &faceless
            } else {
                seat.identity
            },
            ..seat
        };
        scene.left(told, visit.leaves, reason, event_ts)
    }

    fn breakout(&mut self, scene: &Scene<'_>, seat: Seat<'_>, visit: &Visit) {
        for (joins, at) in [(true, visit.joins), (false, visit.leaves)] {
            let event_ts = self.stamp(at);
            let body = scene.breakout(seat, joins, at, event_ts);
            self.usual(body, event_ts, Fate::Told);
        }
    }

    /// Zoom says of a bound phone, some seconds after it has dialled in, to which client it belongs.
    fn phones(&mut self, scene: &Scene<'_>, run: &Run, seats: &[Seated<'_>]) {
        let bound = seats
            .iter()
            .filter(|seated| run.connections[seated.connection].bound);
        for phone in bound {
            let client = seats
                .iter()
                .find(|other| other.connection + 1 == phone.connection);
            if let Some(client) = client {
                let at = phone.visit.joins + 15;
                let event_ts = self.stamp(at);
                let body = scene.bound(phone.seat(run), client.seat(run), at, event_ts);
                self.usual(body, event_ts, Fate::Told);
            }
        }
    }

    /// Events that must change nothing.
    fn noise(&mut self, scene: &Scene<'_>, run: &Run, seats: &[Seated<'_>]) {
        for seated in seats {
            if !self.rng.chance(self.shares.noise / 3) {
                continue;
            }
            let seat = seated.seat(run);
            let at = seated.visit.joins;
            let event_ts = self.stamp(at) - 4000;
            let body = match self.rng.index(4) {
                0 => scene.before_host(seat, event_ts),
                1 => scene.waiting(seat, at - 60, event_ts),
                2 => scene.role_changed(seat, at, event_ts),
                _ => scene.unknown(event_ts),
            };
            self.usual(body, event_ts, Fate::Told);
        }
    }

    fn stamp(&mut self, second: i64) -> i64 {
        second * 1000 + self.measured((400, 3500), (0, 999))
    }

    /// Milliseconds between the first two where the pace is measured, between the other two where it is prompt.
    fn measured(&mut self, measured: (i64, i64), prompt: (i64, i64)) -> i64 {
        let (least, most) = match self.pace {
            Pace::Measured => measured,
            Pace::Prompt => prompt,
        };
        self.rng.between(least, most)
    }

    fn usual(&mut self, body: String, event_ts: i64, fate: Fate) -> i64 {
        let latency = self.measured((100, 2400), (0, 0));
        let index = self.sent.len();
        self.send(body, event_ts, latency);
        if fate == Fate::Twice && self.sent.len() == index + 1 {
            self.repeat(index, RETRIES_MS[0]);
        }
        self.sent[index].at
    }

    fn send(&mut self, body: String, event_ts: i64, latency: i64) {
        let mut late = 0;
        if self.rng.chance(self.shares.late) {
            late += RETRIES_MS[self.rng.index(2)];
        }
        if self.rng.chance(self.shares.held_back) {
            late += self.rng.between(HELD_BACK_MS.0, HELD_BACK_MS.1);
        }
        self.sent.push(Delivery {
            at: event_ts + latency + late,
            body,
            request_id: self.rng.request_id(),
        });
        if self.rng.chance(self.shares.twice) {
            let after = [self.rng.between(1, 40), RETRIES_MS[0], RETRIES_MS[1]][self.rng.index(3)];
            self.repeat(self.sent.len() - 1, after);
        }
    }

    fn repeat(&mut self, index: usize, after: i64) {
        let copy = Delivery {
            at: self.sent[index].at + after,
            ..self.sent[index].clone()
        };
        self.sent.push(copy);
    }
}

/// Every visit of a run with its `user_id`: seats are handed out in order of arrival, 1024 apart.
fn seats(run: &Run) -> Vec<Seated<'_>> {
    let mut seats = Vec::new();
    for (connection, visits) in run
        .connections
        .iter()
        .map(|connection| &connection.visits)
        .enumerate()
    {
        for (index, visit) in visits.iter().enumerate() {
            seats.push(Seated {
                connection,
                visit,
                user_id: String::new(),
                inner: index > 0 && index + 1 < visits.len(),
            });
        }
    }
    seats.sort_by_key(|seated| seated.visit.joins);
    for (seat, number) in seats.iter_mut().zip(0_u64..) {
        seat.user_id = (16_778_240 + 1024 * number).to_string();
    }
    seats
}
