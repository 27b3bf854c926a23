//! How often what happens: one share for each habit of students, each fault of deliveries and each trouble of lessons.
//!
//! Every share is drawn for itself: a student can be late, change rooms and use two devices on one day. What each of them
//! looks like is decided in [`super::plan`] and [`super::traffic`].

use std::fmt;
use std::str::FromStr;

use super::traffic::Shares;

/// None to all, in thousandths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Share(u32);

/// What was given is no share.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a share: give 0 to 1 in steps of 0.001, or a percentage such as 2.5%")]
pub struct NoShare;

impl Share {
    /// Never.
    pub const NONE: Self = Self(0);
    /// Always.
    pub const ALL: Self = Self(1000);

    /// So many of a thousand; all, where it is more than that.
    pub const fn of_thousand(count: u32) -> Self {
        Self(if count < 1000 { count } else { 1000 })
    }

    /// How many of a thousand.
    pub const fn per_mille(self) -> u32 {
        self.0
    }
}

/// `0.05` or `5%`.
impl FromStr for Share {
    type Err = NoShare;

    fn from_str(text: &str) -> Result<Self, NoShare> {
        let (number, whole) = match text.trim().strip_suffix('%') {
            Some(number) => (number.trim_end(), 10.0),
            None => (text.trim(), 1000.0),
        };
        let number: f64 = number.parse().map_err(|_| NoShare)?;
        let thousandths = number * whole;
        (0..=1000_u32)
            .find(|&count| (f64::from(count) - thousandths).abs() < 1e-6)
            .map(Self)
            .ok_or(NoShare)
    }
}

/// As a percentage.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.0) / 10.0)
    }
}

/// How often what happens in a generated school.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mix {
    /// Of the students of a lesson: comes when a tenth of it or more is over.
    pub late: Share,
    /// Of the students of a lesson: is there for less than a quarter of an hour.
    pub short: Share,
    /// Of the students of a lesson: leaves, and comes back with a new connection.
    pub rejoining: Share,
    /// Of the students of a lesson: goes into a breakout room and comes back.
    pub moving: Share,
    /// Of the students of a lesson: has a second device with them for a part of it.
    pub two_device: Share,
    /// Of the students of a lesson: does not come.
    pub absent: Share,
    /// Of the students of a lesson: goes early, and the news of it is lost.
    pub lost_leave: Share,
    /// Of the deliveries: comes a second time, byte for byte.
    pub duplicated: Share,
    /// Of the deliveries: is held back for up to a minute, and others overtake it.
    pub reordered: Share,
    /// Of the lessons: the meeting is ended and started anew.
    pub restarted: Share,
    /// Of the lessons: somebody comes whom the school does not know.
    pub unknown: Share,
    /// The small oddities of real traffic. Of the students of a lesson: goes early, loses the connection, dials in, or
    /// the news of the arrival is lost. As often or less: leaves that do not say who left, meetings that were not
    /// announced, keys that name two people, retries alone, and events that make no presence.
    pub odd: Share,
}

impl Mix {
    /// Everybody comes in time and stays, and every delivery arrives once.
    pub const NONE: Self = Self {
        late: Share::NONE,
        short: Share::NONE,
        rejoining: Share::NONE,
        moving: Share::NONE,
        two_device: Share::NONE,
        absent: Share::NONE,
        lost_leave: Share::NONE,
        duplicated: Share::NONE,
        reordered: Share::NONE,
        restarted: Share::NONE,
        unknown: Share::NONE,
        odd: Share::NONE,
    };
    /// As bad as a school day gets.
    pub const DAY: Self = Self {
        late: Share(100),
        short: Share(60),
        rejoining: Share(100),
        moving: Share(90),
        two_device: Share(70),
        absent: Share(40),
        lost_leave: Share(40),
        duplicated: Share(40),
        reordered: Share(20),
        restarted: Share(150),
        unknown: Share(300),
        odd: Share(170),
    };

    /// What becomes of the deliveries.
    pub(super) fn shares(&self) -> Shares {
        let odd = self.odd.per_mille();
        Shares {
            twice: self.duplicated.per_mille(),
            held_back: self.reordered.per_mille(),
            late: odd / 10,
            bare: odd / 10,
            faceless: odd * 6 / 10,
            unannounced: odd * 6 / 10,
            noise: odd,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_as_parts_or_percentages() {
        let read = |text: &str| text.parse().map(Share::per_mille);
        for (text, per_mille) in [
            ("0", 0),
            ("1", 1000),
            ("1.0", 1000),
            ("0.05", 50),
            (".001", 1),
            ("5%", 50),
            ("2.5 %", 25),
            ("100%", 1000),
            ("0.1%", 1),
        ] {
            assert_eq!(read(text), Ok(per_mille), "{text}");
        }
        for text in [
            "", "%", "-0.1", "1.1", "101%", "0.0005", "NaN", "inf", "half", "1e9",
        ] {
            assert_eq!(read(text), Err(NoShare), "{text}");
        }
    }

    #[test]
    fn a_share_is_shown_as_a_percentage_that_is_read_again() {
        assert_eq!(Share::of_thousand(25).to_string(), "2.5%");
        for count in [0, 1, 10, 333, 1000] {
            let share = Share::of_thousand(count);
            assert_eq!(share.to_string().parse(), Ok(share));
        }
    }
}
