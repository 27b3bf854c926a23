//! Which delivery is sent next, and when. Pure: the time is an argument, in time since the run has begun.
//!
//! Fresh deliveries keep their order. A retry that is due goes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::measured::Ended;

/// All deliveries of a run, by index.
pub(super) struct Queue {
    /// When each is to be sent for the first time; `None` where a free connection decides.
    plan: Option<Vec<Duration>>,
    count: usize,
    /// The first that was not sent yet.
    fresh: usize,
    again: BinaryHeap<Reverse<Again>>,
    /// Taken out, and their fate not known yet.
    under_way: usize,
    stopped: Option<Ended>,
}

/// A retry: when, which, its attempt.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Again {
    due: Duration,
    index: usize,
    attempt: usize,
}

/// One request to be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Turn {
    /// Which delivery.
    pub(super) index: usize,
    /// How often it was sent before.
    pub(super) attempt: usize,
    /// When it was to be sent; in a closed loop the time at which it was taken from the queue.
    pub(super) planned: Duration,
}

/// What a free connection does.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Next {
    /// Send this.
    Send(Turn),
    /// Ask again then (never, for `None`), or when something has changed.
    Wait(Option<Duration>),
    /// There is nothing left, and will not be.
    Done,
}

impl Queue {
    /// `count` deliveries, to be sent as planned, or whenever a connection is free.
    pub(super) fn new(count: usize, plan: Option<Vec<Duration>>) -> Self {
        Self {
            plan,
            count,
            fresh: 0,
            again: BinaryHeap::new(),
            under_way: 0,
            stopped: None,
        }
    }

    /// The next to send. Its fate is told with [`Queue::settle`] or [`Queue::again`].
    pub(super) fn next(&mut self, now: Duration) -> Next {
        if self.stopped.is_some() {
            return Next::Done;
        }
        let retry = self.again.peek().map(|Reverse(again)| again.due);
        if retry.is_some_and(|due| due <= now)
            && let Some(Reverse(Again {
                due,
                index,
                attempt,
            })) = self.again.pop()
        {
            return self.send(index, attempt, due);
        }
        let first = self.first(now);
        if let Some(due) = first
            && due <= now
        {
            self.fresh += 1;
            return self.send(self.fresh - 1, 0, due);
        }
        match [retry, first].into_iter().flatten().min() {
            None if self.under_way == 0 => Next::Done,
            due => Next::Wait(due),
        }
    }

    /// When the first fresh delivery is due.
    fn first(&self, now: Duration) -> Option<Duration> {
        match &self.plan {
            Some(plan) => plan.get(self.fresh).copied(),
            None => (self.fresh < self.count).then_some(now),
        }
    }

    fn send(&mut self, index: usize, attempt: usize, planned: Duration) -> Next {
        self.under_way += 1;
        Next::Send(Turn {
            index,
            attempt,
            planned,
        })
    }

    /// A delivery is done with. Whether those who wait must look again.
    pub(super) fn settle(&mut self) -> bool {
        self.under_way -= 1;
        self.under_way == 0
    }

    /// A delivery is to be sent again at `due`. Those who wait must look again.
    pub(super) fn again(&mut self, turn: Turn, due: Duration) {
        self.under_way -= 1;
        self.again.push(Reverse(Again {
            due,
            index: turn.index,
            attempt: turn.attempt + 1,
        }));
    }

    /// Nothing is sent any more. Those who wait must look again.
    pub(super) fn stop(&mut self, why: Ended) {
        self.stopped.get_or_insert(why);
    }

    /// How the run ended: one that was stopped when everything was done is complete.
    pub(super) fn ended(&self) -> Ended {
        match self.stopped {
            Some(why) if self.unsent() + self.waiting() > 0 => why,
            _ => Ended::Complete,
        }
    }

    /// Deliveries that were never sent.
    pub(super) fn unsent(&self) -> usize {
        self.count - self.fresh
    }

    /// Deliveries that are to be sent again.
    pub(super) fn waiting(&self) -> usize {
        self.again.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn send(index: usize, attempt: usize, planned: u64) -> Next {
        Next::Send(Turn {
            index,
            attempt,
            planned: ms(planned),
        })
    }

    fn turn(next: &Next) -> Turn {
        match next {
            Next::Send(turn) => *turn,
            other => panic!("nothing to send: {other:?}"),
        }
    }

    #[test]
    fn deliveries_come_in_order_as_they_are_due_and_late_ones_keep_their_plan() {
        let mut queue = Queue::new(3, Some(vec![ms(0), ms(10), ms(20)]));
        assert_eq!(queue.next(ms(0)), send(0, 0, 0));
        assert_eq!(queue.next(ms(1)), Next::Wait(Some(ms(10))));
        assert_eq!(queue.next(ms(25)), send(1, 0, 10));
        assert_eq!(queue.next(ms(25)), send(2, 0, 20));
        assert_eq!(
            queue.next(ms(26)),
            Next::Wait(None),
            "what is under way may come again"
        );
    }

    #[test]
    fn in_a_closed_loop_a_delivery_is_due_when_a_connection_is_free() {
        let mut queue = Queue::new(2, None);
        assert_eq!(queue.next(ms(3)), send(0, 0, 3));
        assert_eq!(queue.next(ms(7)), send(1, 0, 7));
        assert_eq!(queue.next(ms(8)), Next::Wait(None));
        assert!(!queue.settle(), "one is still under way");
        assert!(queue.settle());
        assert_eq!(queue.next(ms(9)), Next::Done);
    }

    #[test]
    fn a_due_retry_goes_before_fresh_deliveries_and_counts_its_attempts() {
        let mut queue = Queue::new(3, None);
        let first = queue.next(ms(0));
        queue.again(turn(&first), ms(50));
        assert_eq!(queue.next(ms(40)), send(1, 0, 40));
        let retry = queue.next(ms(60));
        assert_eq!(retry, send(0, 1, 50), "latency counts from when it was due");
        queue.again(turn(&retry), ms(100));
        assert_eq!(queue.next(ms(60)), send(2, 0, 60));
        assert_eq!(queue.next(ms(60)), Next::Wait(Some(ms(100))));
        assert_eq!(queue.next(ms(100)), send(0, 2, 100));
    }

    #[test]
    fn once_stopped_nothing_is_sent_and_what_is_left_is_told() {
        let mut queue = Queue::new(5, None);
        let first = queue.next(ms(0));
        queue.next(ms(0));
        queue.again(turn(&first), ms(50));
        queue.stop(Ended::OutOfTime);
        queue.stop(Ended::Interrupted);
        assert_eq!(queue.next(ms(60)), Next::Done);
        assert_eq!((queue.unsent(), queue.waiting()), (3, 1));
        assert_eq!(queue.ended(), Ended::OutOfTime, "the first reason counts");
    }

    #[test]
    fn a_run_that_is_stopped_when_all_is_done_is_complete() {
        let mut queue = Queue::new(1, None);
        queue.next(ms(0));
        queue.settle();
        queue.stop(Ended::Interrupted);
        assert_eq!(queue.ended(), Ended::Complete);
    }

    #[test]
    fn without_deliveries_there_is_nothing_to_do() {
        assert_eq!(Queue::new(0, None).next(ms(0)), Next::Done);
        assert_eq!(Queue::new(0, Some(vec![])).next(ms(0)), Next::Done);
    }
}
