//! Events that make the actor panic: found, recorded as dead, left out from then on.
//!
//! A panic in the fold names its event. A panic in the report does not: the journal is read again, and the event is looked for with
//! which the occurrence can no longer be judged. Where no few events are to blame it is left to supervision. Either way
//! the state is thrown away and folded anew without the dead: a panic may have left half a change in it.

use super::{
    super::{
        guarded::{self, Judged, Panicked},
        recall::{Facts, Loaded},
    },
    Meeting,
};
use crate::{
    attendance::{event::Instant, occurrence::Occurrence, report::Report},
    clock,
    journal::{Committed, Unreadable},
    store::dead::{Dead, Reason},
};
use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// So many events of an occurrence may be to blame; where it takes more, something else is.
const MOST: usize = 3;

impl Meeting {
    /// The event is dead: it is recorded before anything else is written.
    pub(super) fn give_up(&mut self, event: &Committed, reason: Reason) {
        self.dead.push(Dead {
            seq: event.seq,
            occurrence: event.occurrence.clone(),
            meeting: event.meeting.clone(),
            kind: event.news.kind(),
            reason,
            arrival: event.arrival,
        });
    }

    /// What could not be read back is dead too.
    pub(super) fn give_up_unread(&mut self, event: &Unreadable) {
        self.dead.push(Dead {
            seq: event.seq,
            occurrence: event.occurrence.clone(),
            meeting: event.meeting.clone(),
            kind: "unknown",
            reason: Reason::Read,
            arrival: event.arrival,
        });
    }

    /// Records who is dead, then begins anew without them.
    pub(super) fn bury(&mut self, context: &mut Context<Self>) {
        let dead = std::mem::take(&mut self.dead);
        for event in &dead {
            let reason = event.reason.as_str();
            tracing::error!(occurrence.uuid = %self.uuid, event.seq, event.kind, reason, "event is dead: it is left out");
        }
        self.forget();
        let burying = self.registry.writer.bury(dead);
        context.wait(
            burying
                .into_actor(self)
                .map(|buried, actor, context| match buried {
                    Ok(()) => actor.load(context),
                    Err(error) => {
                        tracing::warn!(occurrence.uuid = %actor.uuid, %error, "dead events were not recorded; tried again later");
                        actor.retry(context);
                    }
                }),
        );
    }

    /// The report, unless it panics.
    pub(super) fn judge(
        &self,
        occurrence: &Occurrence,
        number: &str,
        facts: &Facts,
        now: Instant,
    ) -> Result<Option<Report>, Panicked> {
        let by = Judged {
            uuid: &self.uuid,
            number,
            facts,
            rule: &self.registry.settings.rule,
        };
        guarded::judge(occurrence, by, now)
    }

    /// Begins anew, to find out which event it is.
    pub(super) fn suspect(&mut self, context: &mut Context<Self>) {
        tracing::error!(occurrence.uuid = %self.uuid, "occurrence cannot be judged; its events are looked through");
        self.forget();
        self.suspects = true;
        self.load(context);
    }

    /// Finds the events with which the occurrence cannot be judged.
    pub(super) fn accuse(&mut self, loaded: &Loaded) {
        self.suspects = false;
        let (dead, events): (Vec<&Committed>, Vec<&Committed>) = loaded
            .events
            .iter()
            .partition(|event| loaded.left_out.contains(&event.seq));
        let heard = events.iter().map(|event| &*event.meeting);
        let heard = heard.filter(|meeting| !meeting.is_empty()).min();
        let number = heard.or(loaded.meeting.as_deref()).unwrap_or_default();
        let now = clock::now();
        let holds = |some: &[&Committed]| {
            let judged = AssertUnwindSafe(|| {
                let mut occurrence = Occurrence::default();
                for event in some {
                    occurrence.fold(&event.news, event.arrival);
                }
                self.judge(&occurrence, number, &loaded.facts, now).is_ok()
            });
            catch_unwind(judged).unwrap_or(false)
        };
        let most = MOST.saturating_sub(dead.len());
        let culprits = culprits(events, most, holds).unwrap_or_default();
        assert!(
            !culprits.is_empty(),
            "no few events are to blame: supervision tries again later"
        );
        for event in culprits {
            self.give_up(event, Reason::Report);
        }
    }

    fn forget(&mut self) {
        self.occurrence = Occurrence::default();
        self.folded = 0;
        self.number = None;
        self.facts = None;
        self.written = None;
        self.revived.clear();
        self.dirty = true;
    }
}

/// Those of `events`, at most so many, without which the rest `holds`; none where it takes more.
fn culprits<T: Copy>(
    mut events: Vec<T>,
    most: usize,
    holds: impl Fn(&[T]) -> bool,
) -> Option<Vec<T>> {
    let mut found = Vec::new();
    while !holds(&events) {
        if found.len() == most || events.is_empty() {
            return None;
        }
        found.push(events.remove(breaking_point(&events, &holds)));
    }
    Some(found)
}

/// The place of an event up to which all holds, and with which it does not.
fn breaking_point<T>(events: &[T], holds: impl Fn(&[T]) -> bool) -> usize {
    let (mut good, mut bad) = (0, events.len());
    while bad - good > 1 {
        let middle = usize::midpoint(good, bad);
        if holds(&events[..middle]) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    good
}

#[cfg(test)]
mod tests {
    use super::{MOST, culprits};

    /// Holds unless one of the bad is there.
    fn without(bad: &[u32]) -> impl Fn(&[u32]) -> bool {
        move |some| !some.iter().any(|event| bad.contains(event))
    }

    #[test]
    fn who_is_to_blame_is_found_wherever_it_stands() {
        for bad in 1..=9 {
            let found = culprits((1..=9).collect(), MOST, without(&[bad]));
            assert_eq!(found, Some(vec![bad]));
        }
        let found = culprits((1..=9).collect(), MOST, without(&[2, 5, 9]));
        assert_eq!(found, Some(vec![2, 5, 9]));
    }

    #[test]
    fn what_goes_wrong_with_everything_is_nobody_s_fault() {
        assert_eq!(culprits((1..=9).collect(), MOST, |_: &[u32]| false), None);
        assert_eq!(
            culprits((1..=9).collect(), MOST, without(&[1, 2, 3, 4])),
            None
        );
    }

    #[test]
    fn two_that_only_together_do_harm_lose_one() {
        let together = |some: &[u32]| !(some.contains(&3) && some.contains(&7));
        assert_eq!(culprits((1..=9).collect(), MOST, together), Some(vec![7]));
    }
}
