//! Wrong tokens: how long whoever sends them has to wait before another one is looked at. Pure; the caller says what time it is.
//!
//! Some are free, for typing errors; from then on each doubles the pause. A wrong token that was sent of late is no guess: a scraper with
//! an old one locks nobody out. Counted are addresses, the networks of IPv6, and all of them together: who comes from many addresses waits too,
//! but for those that have sent a right one before. Named tokens are not asked about: nobody guesses 256 random bits.

use crate::store::access::Digest;
use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv6Addr},
};

/// Wrong tokens of an address that cost nothing.
const FREE: u32 = 5;
/// The same of all addresses together.
const FREE_OVERALL: u32 = 50;
/// The longest pause, in milliseconds.
const LONGEST: i64 = 5 * 60_000;
/// Without a wrong token for so long, in milliseconds, it begins anew.
const FORGOTTEN: i64 = 15 * 60_000;
/// Wrong tokens of an address that are remembered.
const RECENT: usize = 8;
/// Addresses that are remembered at most.
const MOST: usize = 1024;

/// The wrong tokens of late.
#[derive(Debug, Default)]
pub(super) struct Guesses {
    addresses: HashMap<IpAddr, Guesser>,
    overall: Count,
}

#[derive(Debug, Default)]
struct Guesser {
    count: Count,
    /// Its latest wrong tokens, each once, the latest first.
    recent: VecDeque<Digest>,
    /// It has sent a right one since it was last forgotten.
    good: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    wrong: u32,
    /// Unix milliseconds of the latest.
    at: i64,
}

impl Guesses {
    /// How many seconds an address has to wait at `now`, Unix milliseconds; none if it need not.
    pub(super) fn pause(&self, address: IpAddr, now: i64) -> Option<i64> {
        let guesser = self.addresses.get(&network(address));
        let good = guesser.is_some_and(|guesser| guesser.good);
        let own = guesser.map_or(0, |guesser| guesser.count.until(FREE));
        let all = if good {
            0
        } else {
            self.overall.until(FREE_OVERALL)
        };
        let left = own.max(all).saturating_sub(now);
        (left > 0).then(|| (left + 999) / 1000)
    }

    /// Notes a wrong token.
    pub(super) fn wrong(&mut self, address: IpAddr, guess: Digest, now: i64) {
        self.make_room(now);
        let guesser = self.addresses.entry(network(address)).or_default();
        if guesser.recent.contains(&guess) {
            return;
        }
        guesser.recent.truncate(RECENT - 1);
        guesser.recent.push_front(guess);
        guesser.count.add(now);
        self.overall.add(now);
    }

    /// Notes a named token. Who has one may still guess the configured one: nothing is forgotten.
    pub(super) fn known(&mut self, address: IpAddr, now: i64) {
        self.make_room(now);
        let guesser = self.addresses.entry(network(address)).or_default();
        guesser.good = true;
    }

    /// Notes the configured token: the address begins anew.
    pub(super) fn right(&mut self, address: IpAddr, now: i64) {
        self.make_room(now);
        let guesser = self.addresses.entry(network(address)).or_default();
        *guesser = Guesser {
            good: true,
            count: Count { wrong: 0, at: now },
            recent: VecDeque::new(),
        };
    }

    /// Forgets what is old, and where that is not enough, who has been silent longest: strangers before those known to be good.
    fn make_room(&mut self, now: i64) {
        if self.addresses.len() < MOST {
            return;
        }
        self.addresses
            .retain(|_, guesser| guesser.good || !guesser.count.is_old(now));
        if self.addresses.len() < MOST {
            return;
        }
        let oldest = self.addresses.iter();
        let oldest = oldest.min_by_key(|(_, guesser)| (guesser.good, guesser.count.at));
        if let Some(address) = oldest.map(|(address, _)| *address) {
            self.addresses.remove(&address);
        }
    }
}

impl Count {
    fn add(&mut self, now: i64) {
        if self.is_old(now) {
            self.wrong = 0;
        }
        self.wrong = self.wrong.saturating_add(1);
        self.at = now;
    }

    /// When the pause ends, Unix milliseconds; 0 if there is none.
    fn until(self, free: u32) -> i64 {
        let Some(beyond) = self.wrong.checked_sub(free + 1) else {
            return 0;
        };
        let pause = 1000_i64.checked_shl(beyond.min(20)).unwrap_or(LONGEST);
        self.at.saturating_add(pause.min(LONGEST))
    }

    fn is_old(self, now: i64) -> bool {
        now.saturating_sub(self.at) > FORGOTTEN
    }
}

/// The address, or of IPv6, where whoever has one has many, its /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    fn guess(guesses: &mut Guesses, address: IpAddr, number: usize, now: i64) {
        guesses.wrong(address, Digest::of(&format!("guess {number}")), now);
    }

    #[test]
    fn pauses_begin_after_some_and_double() {
        let (mut guesses, ana) = (Guesses::default(), address(1));
        let mut pauses = Vec::new();
        for number in 0..16 {
            guess(&mut guesses, ana, number, 1_000_000);
            pauses.push(guesses.pause(ana, 1_000_000));
        }
        let seconds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map(Some);
        assert_eq!(pauses[..5], [None; 5]);
        assert_eq!(pauses[5..], seconds);
        assert_eq!(guesses.pause(ana, 1_299_001), Some(1));
        assert_eq!(guesses.pause(ana, 1_300_000), None);
        assert_eq!(guesses.pause(address(2), 1_000_000), None, "of others");
    }

    #[test]
    fn a_right_token_or_a_long_silence_begins_anew() {
        let (mut guesses, ana) = (Guesses::default(), address(1));
        for number in 0..7 {
            guess(&mut guesses, ana, number, 0);
        }
        guesses.right(ana, 2000);
        assert_eq!(guesses.pause(ana, 2000), None);
        for number in 0..7 {
            guess(&mut guesses, ana, number, 3000);
        }
        assert_eq!(guesses.pause(ana, 3000), Some(2));
        guess(&mut guesses, ana, 99, 3001 + FORGOTTEN);
        assert_eq!(guesses.pause(ana, 3001 + FORGOTTEN), None);
    }

    #[test]
    fn a_named_token_ends_no_pause() {
        let (mut guesses, ana) = (Guesses::default(), address(1));
        for number in 0..7 {
            guess(&mut guesses, ana, number, 0);
            guesses.known(ana, 0);
        }
        assert_eq!(guesses.pause(ana, 0), Some(2));
    }

    #[test]
    fn the_same_again_is_no_guess() {
        let mut guesses = Guesses::default();
        for number in 0..100 {
            guess(&mut guesses, address(1), number % 3, 0); // three programs with old tokens
        }
        assert_eq!(guesses.pause(address(1), 0), None);
    }

    #[test]
    fn who_comes_from_many_addresses_waits_and_who_is_known_does_not() {
        let mut guesses = Guesses::default();
        guesses.right(address(250), 0);
        for number in 0..=FREE_OVERALL {
            let last = u8::try_from(number).expect("few");
            guess(&mut guesses, address(last), 0, 0);
        }
        assert_eq!(guesses.pause(address(251), 0), Some(1));
        assert_eq!(guesses.pause(address(250), 0), None);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let mut guesses = Guesses::default();
        let from = |text: &str| text.parse::<IpAddr>().expect("an address");
        for number in 0..7 {
            guess(
                &mut guesses,
                from(&format!("2001:db8::{number}")),
                number,
                0,
            );
        }
        assert_eq!(guesses.pause(from("2001:db8::ffff"), 0), Some(2));
        assert_eq!(guesses.pause(from("2001:db8:0:1::1"), 0), None);
        assert_eq!(network(from("::ffff:192.0.2.1")), address(1));
    }

    #[test]
    fn memory_is_bounded_and_the_good_stay() {
        let mut guesses = Guesses::default();
        guesses.right(address(1), 0);
        for number in 0..3 * MOST {
            let segment = u16::try_from(number).expect("few");
            let stranger = Ipv6Addr::new(0x2001, 0xdb8, 0, segment, 0, 0, 0, 1);
            let now = i64::from(segment);
            guess(&mut guesses, stranger.into(), 0, now);
        }
        assert!(guesses.addresses.len() <= MOST);
        assert_eq!(guesses.pause(address(1), 10), None);
    }
}
