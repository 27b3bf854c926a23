//! Newer text of a page that somebody looks at: server-sent events (HTML Living Standard, 9.2) that carry HTML.
//!
//! Nothing is asked or rendered for a page that nobody has open. A stream ends when the service stops; the browser comes again.

use super::answer::Failure;
use crate::http::Readiness;
use actix_web::{HttpResponse, http::header, web::Bytes};
use futures_util::{Stream, stream};
use std::{
    convert::Infallible,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Between two looks.
const PERIOD: Duration = Duration::from_secs(1);
/// Looks without news after which a comment shows that the connection lives.
const QUIET: u32 = 15;
/// Streams at a time: half of the listener's connections.
const MOST: usize = 32;

static OPEN: AtomicUsize = AtomicUsize::new(0);

/// A place among the streams, given back when dropped.
struct Place;

impl Place {
    fn take() -> Option<Self> {
        let more = |open| (open < MOST).then_some(open + 1);
        OPEN.fetch_update(Relaxed, Relaxed, more).ok().map(|_| Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Relaxed);
    }
}

struct Watch<F> {
    look: F,
    shown: String,
    quiet: u32,
    ticks: Interval,
    readiness: Readiness,
    _place: Place,
}

/// What `look` renders, now and whenever it has changed.
pub(super) fn follow<F, R>(readiness: &Readiness, look: F) -> Result<HttpResponse, Failure>
where
    F: Fn() -> R + 'static,
    R: Future<Output = Result<String, Failure>> + 'static,
{
    let place = Place::take().ok_or_else(Failure::crowded)?;
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watch = Watch {
        look,
        shown: String::new(),
        quiet: 0,
        ticks,
        readiness: readiness.clone(),
        _place: place,
    };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events(watch)))
}

fn events<F, R>(watch: Watch<F>) -> impl Stream<Item = Result<Bytes, Infallible>>
where
    F: Fn() -> R,
    R: Future<Output = Result<String, Failure>>,
{
    stream::unfold(watch, |mut watch| async {
        loop {
            watch.ticks.tick().await;
            if watch.readiness.is_draining() {
                return None;
            }
            // What cannot be read now is read at the next look; the page keeps what it shows.
            if let Ok(text) = (watch.look)().await
                && text != watch.shown
            {
                let event = event(&text);
                watch.shown = text;
                watch.quiet = 0;
                return Some((Ok(event), watch));
            }
            watch.quiet += 1;
            if watch.quiet >= QUIET {
                watch.quiet = 0;
                return Some((Ok(Bytes::from_static(b":\n\n")), watch));
            }
        }
    })
}

/// A line each; a carriage return would end one too.
fn event(text: &str) -> Bytes {
    let mut event = String::with_capacity(text.len() + 64);
    for line in text.split(['\n', '\r']) {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    event.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_end_an_event_or_begin_another() {
        let event = event("<p>a\n\nevent: x\r\rdata: y</p>");
        let text = std::str::from_utf8(&event).expect("text");
        let (body, end) = text.split_at(text.len() - 2);
        assert_eq!(end, "\n\n");
        assert!(body.split('\n').all(|line| line.starts_with("data: ")));
        assert!(!text.contains('\r'));
    }

    #[test]
    fn places_are_bounded_and_come_back() {
        let places: Vec<_> = std::iter::from_fn(Place::take).take(MOST + 1).collect();
        assert_eq!(places.len(), MOST);
        drop(places);
        assert!(Place::take().is_some());
    }
}
