//! A school made to measure: how large it is, how long its lessons are, and how often what happens in them.
//!
//! The same numbers give the same school and the same bytes. Decides what can be asked for; the school is made in
//! [`crate::replay::school`], its lessons in [`crate::replay::plan`], their deliveries in [`crate::replay::traffic`].

use jiff::civil::Date;

use crate::replay::mix::Mix;
use crate::replay::plan::Course;
use crate::replay::school::{Lessons, School, Timetable};
use crate::replay::traffic::{self, Delivery};

/// Most meetings of a school.
const MEETINGS: usize = 20_000;
/// Most students of a class.
const STUDENTS: usize = 1_000;
/// Most minutes of a lesson: a day's.
const MINUTES: u32 = 24 * 60;

/// What a school and one day in it shall be like.
#[derive(Clone, Copy, Debug)]
pub struct GeneratedSchool {
    /// Classes, each with one meeting on the day; 1 to 20,000.
    pub meetings: usize,
    /// Students of a class; 1 to 1,000.
    pub students: usize,
    /// Length of a lesson; 1 to 1,440.
    pub minutes: u32,
    /// Seconds within which the students join who are in time; at least 1, at most half a lesson.
    pub bell_seconds: u32,
    /// Spread over the day, or all with one bell: then every meeting starts in the same second, the joins of those who
    /// are in time arrive in the `bell_seconds` after it, all leave in the same second, and in the next one the
    /// meetings end.
    pub timetable: Timetable,
    /// How often what happens.
    pub mix: Mix,
    /// The local date of all lessons.
    pub date: Date,
    /// What chance begins with.
    pub seed: u64,
}

/// Something was asked for that cannot be made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OutOfRange {
    /// Too many, or none.
    #[error("{given} {what}: give 1 to {most}")]
    Count {
        /// Of what.
        what: &'static str,
        /// What was asked for.
        given: usize,
        /// What is possible.
        most: usize,
    },
    /// The students would come when the lesson is over.
    #[error(
        "a bell of {seconds} seconds in a lesson of {minutes} minutes: give 1 to {most} seconds"
    )]
    Bell {
        /// What was asked for.
        seconds: u32,
        /// The lesson's length.
        minutes: u32,
        /// Half of it.
        most: u32,
    },
}

impl GeneratedSchool {
    /// The school, without its day.
    pub fn school(&self) -> Result<School, OutOfRange> {
        self.check()?;
        let lessons = Lessons {
            minutes: i64::from(self.minutes),
            timetable: self.timetable,
        };
        let Self {
            meetings, students, ..
        } = *self;
        Ok(School::with(
            meetings, students, lessons, self.date, self.seed,
        ))
    }

    /// The school, and all deliveries of its day in order of arrival.
    pub fn generate(&self) -> Result<(School, Vec<Delivery>), OutOfRange> {
        let school = self.school()?;
        let course = Course {
            mix: self.mix,
            arrivals: i64::from(self.bell_seconds),
            timetable: self.timetable,
        };
        let shares = self.mix.shares();
        let deliveries = traffic::lessons(&school, self.date, self.seed, &course, shares);
        Ok((school, deliveries))
    }

    fn check(&self) -> Result<(), OutOfRange> {
        let counts = [
            ("meetings", self.meetings, MEETINGS),
            ("students of a class", self.students, STUDENTS),
            (
                "minutes of a lesson",
                self.minutes as usize,
                MINUTES as usize,
            ),
        ];
        for (what, given, most) in counts {
            if !(1..=most).contains(&given) {
                return Err(OutOfRange::Count { what, given, most });
            }
        }
        let (seconds, minutes) = (self.bell_seconds, self.minutes);
        let most = minutes * 30;
        if !(1..=most).contains(&seconds) {
            return Err(OutOfRange::Bell {
                seconds,
                minutes,
                most,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
