//! Newer text of a page that somebody watches: server-sent events (HTML Living Standard, 9.2) that carry HTML.
//!
//! What all watchers of a page get is one text, for whoever they are ([`Watched`]): it holds nothing that a role may see
//! and another may not. A stream ends when the service stops; the browser comes again.

use super::{
    Pages,
    answer::Failure,
    watched::{PERIOD, Seen, Watched, Watcher},
};
use crate::http::admin::Admin;
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::{Bytes, Data},
};
use futures_util::{Stream, stream};
use std::convert::Infallible;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Ticks without news after which a comment shows that the connection lives, and whether somebody is still there.
const QUIET: u32 = 5;

/// What a live page is made from.
pub(super) type Sources = (Data<Watched>, Data<Admin>, Data<Pages>);

struct Line {
    watcher: Watcher,
    quiet: u32,
    /// Without news too the stream is looked after: that is how it ends with what opened the listener for it.
    ticks: Interval,
}

/// What `render` makes of `page`, now and whenever it has changed.
pub(super) fn follow<F, R>(
    (open, admin, pages): Sources,
    page: &str,
    render: F,
) -> Result<HttpResponse, Failure>
where
    F: Fn(Data<Admin>, Data<Pages>) -> R + 'static,
    R: Future<Output = Result<String, Failure>> + 'static,
{
    let look = move || {
        let over = admin.readiness.is_draining();
        let text = render(admin.clone(), pages.clone());
        async move {
            if over {
                return Seen::End;
            }
            // What cannot be read now is read at the next look.
            text.await
                .map_or(Seen::Nothing, |text| Seen::Text(event(&text)))
        }
    };
    let watcher = open.watch(page, look).ok_or_else(crowded)?;
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let line = Line {
        watcher,
        quiet: 0,
        ticks,
    };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events(line)))
}

fn crowded() -> Failure {
    let reason = "too many live pages are open";
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, reason).with("retry-after", "15")
}

fn events(line: Line) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(line, |mut line| async {
        loop {
            let Line {
                watcher,
                quiet,
                ticks,
            } = &mut line;
            tokio::select! {
                biased;
                change = watcher.news.changed() => {
                    change.ok()?;
                    *quiet = 0;
                    let event = watcher.news.borrow_and_update().clone();
                    return Some((Ok(event), line));
                }
                _ = ticks.tick() => *quiet += 1,
            }
            if *quiet >= QUIET {
                *quiet = 0;
                return Some((Ok(Bytes::from_static(b":\n\n")), line));
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
}
