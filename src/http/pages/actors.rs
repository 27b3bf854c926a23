//! `/actors`: how the lessons in memory fare, the worst first.

use super::{
    Frame, Pages,
    answer::{Failure, html},
    words,
};
use crate::{
    http::access::Caller,
    meeting::{Census, State},
};
use actix_web::{HttpResponse, web};
use askama::Template;

/// Actors that are listed.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "actors.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    counts: Vec<(&'static str, usize)>,
    actors: Vec<Actor>,
    more: bool,
}

struct Actor {
    uuid: String,
    state: &'static str,
    /// The colour of its pill, beside the word.
    tone: &'static str,
    queued: usize,
    panics: u32,
    restarts: u32,
    /// Since its lesson came into memory.
    age: String,
    /// Since it last did something.
    idle: String,
}

pub(super) async fn show(caller: Caller, pages: web::Data<Pages>) -> Result<HttpResponse, Failure> {
    html(&Page::of(
        Frame::of("actors", caller),
        (pages.census)(MOST),
        words::now().as_millisecond(),
    ))
}

impl Page {
    fn of(frame: Frame, census: Census, now_ms: i64) -> Self {
        let all: usize = census.counts.values().sum();
        let actors = census.worst.into_iter().map(|entry| Actor {
            state: word(entry.state),
            tone: tone(entry.state),
            queued: entry.queued,
            panics: entry.panics,
            restarts: entry.restarts,
            age: words::length((now_ms - entry.began_ms) / 1000),
            idle: words::length((now_ms - entry.touched_ms) / 1000),
            uuid: entry.occurrence.into(),
        });
        let actors: Vec<_> = actors.collect();
        let counts = census.counts.into_iter().rev();
        Self {
            frame,
            counts: counts.map(|(state, count)| (word(state), count)).collect(),
            more: all > actors.len(),
            actors,
        }
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Idle => "idle",
        State::Waiting => "waiting",
        State::Working => "working",
        State::Resting => "begins again",
        State::GivenUp => "given up for minutes",
        State::Hung => "hung",
    }
}

fn tone(state: State) -> &'static str {
    match state {
        State::Idle | State::Waiting => "",
        State::Working => "live",
        State::Resting => "partial",
        State::GivenUp | State::Hung => "absent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::Entry;

    #[test]
    fn a_hostile_uuid_is_text() {
        let long = "n".repeat(500);
        for uuid in [
            "<script>alert(1)</script>",
            "\u{202e}evil",
            "'\" onload=alert(1) x='",
            "👩‍🎓 =cmd()",
            &long,
        ] {
            let entry = Entry {
                state: State::Idle,
                panics: 0,
                queued: 0,
                restarts: 0,
                began_ms: 0,
                touched_ms: 0,
                occurrence: uuid.into(),
            };
            let census = Census::of(std::iter::once(entry), 1);
            let page = Page::of(Frame::bare("actors"), census, 0);
            let html = page.render().expect("a page");
            assert!(!html.contains("<script>alert"), "{html}");
            assert!(!html.contains("' onload"), "{html}");
            let escaped = uuid.replace('<', "&#60;").replace('>', "&#62;");
            let escaped = escaped.replace('\'', "&#39;").replace('"', "&#34;");
            assert!(html.contains(&format!("<bdi>{escaped}</bdi>")), "{html}");
        }
    }

    #[test]
    fn the_worst_are_shown_and_the_rest_is_said_to_be_there() {
        let entry = |occurrence: &str| Entry {
            state: State::GivenUp,
            panics: 7,
            queued: 2,
            restarts: 41,
            began_ms: -60_000,
            touched_ms: 0,
            occurrence: occurrence.into(),
        };
        let all = ["", "c", "a/b=="].map(entry);
        let page = Page::of(
            Frame::bare("actors"),
            Census::of(all.into_iter(), 2),
            760_000,
        );
        let html = page.render().expect("a page");
        assert!(html.contains("<td>12 min 40 s ago</td>"), "{html}");
        assert!(html.contains("<td>41</td><td>13 min 40 s</td>"), "{html}");
        assert!(html.contains("given up for minutes"), "{html}");
        assert!(html.contains("/occurrences/a%2Fb%3D%3D"), "{html}");
        assert!(html.contains("The worst are shown"), "{html}");
    }

    #[test]
    fn no_actor_is_said_so() {
        let html = Page::of(Frame::bare("actors"), Census::default(), 0)
            .render()
            .expect("a page");
        assert!(html.contains("No lesson is in memory"), "{html}");
    }
}
