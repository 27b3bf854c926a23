//! The fold is over a set: whatever Zoom sends, in whatever order and however often.

use super::{given::given, properties, timeline::at};
use crate::attendance::{
    event::{Event, Identity, Instant, Moment, Setting},
    occurrence::Occurrence,
};
use proptest::{collection::vec, option, prelude::*, sample};

pub(super) type Delivery = Vec<(Event, Instant)>;

pub(super) fn fold(delivery: &Delivery) -> Occurrence {
    let mut occurrence = Occurrence::default();
    for (event, arrival) in delivery {
        occurrence.fold(event, *arrival);
    }
    occurrence
}

fn text(values: &'static [&'static str]) -> impl Strategy<Value = Option<Box<str>>> + Clone {
    option::of(sample::select(values)).prop_map(|value| value.map(Into::into))
}

fn instant() -> impl Strategy<Value = Instant> + Clone {
    (0..40_i64).prop_map(|second| at("09:00").plus(second))
}

fn moment() -> impl Strategy<Value = Moment> + Clone {
    (instant(), any::<bool>()).prop_map(|(at, approximate)| Moment { at, approximate })
}

fn setting() -> impl Strategy<Value = Setting> + Clone {
    let zone = text(&["Asia/Manila", "UTC"]);
    let fields = (
        option::of(instant()),
        zone,
        option::of(0..60_i64),
        text(&["Maths", "Art"]),
    );
    fields.prop_map(|(start, timezone, minutes, topic)| Setting {
        start,
        timezone,
        minutes,
        topic,
    })
}

/// A side of a bind.
fn bound() -> impl Strategy<Value = Identity> + Clone {
    (text(&["P", "Q", "R"]), text(&["1", "2", "3"])).prop_map(|(participant_uuid, user_id)| {
        Identity {
            participant_uuid,
            user_id,
            ..Identity::default()
        }
    })
}

fn identity() -> impl Strategy<Value = Identity> + Clone {
    let zoom = text(&["zoom-ana", "Z"]);
    let registrant = text(&["reg-ana", "reg-ben"]);
    let email = text(&["ana@school", "x@y"]);
    let fields = (bound(), zoom, registrant, email, text(&["Ana", "Ben"]));
    fields.prop_map(
        |(seat, zoom_user_id, registrant_id, email, name)| Identity {
            zoom_user_id,
            registrant_id,
            email,
            name,
            ..seat
        },
    )
}

/// Anything at all that can be folded, with its arrival.
pub(super) fn anything() -> impl Strategy<Value = (Event, Instant)> {
    let event = prop_oneof![
        4 => (setting(), identity(), moment()).prop_map(|(s, i, m)| Event::Joined(s, i, m)),
        4 => (setting(), identity(), moment()).prop_map(|(s, i, m)| Event::Left(s, i, m)),
        1 => setting().prop_map(Event::Started),
        1 => (setting(), option::of(moment())).prop_map(|(s, m)| Event::Ended(s, m)),
        1 => setting().prop_map(Event::Unusable),
        1 => (bound(), bound()).prop_map(|(a, b)| Event::Bound(a, b)),
    ];
    (event, instant())
}

/// Some events, and the same in another order with some of them twice.
fn delivered() -> impl Strategy<Value = (Delivery, Delivery)> {
    vec((anything(), any::<bool>()), 0..25).prop_flat_map(|events| {
        let once: Vec<_> = events.iter().map(|(event, _)| event.clone()).collect();
        let again = events.into_iter().filter(|e| e.1).map(|(event, _)| event);
        let all: Vec<_> = once.iter().cloned().chain(again).collect();
        (Just(once), Just(all).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(properties())]

    #[test]
    fn order_and_duplicates_change_nothing((once, again) in delivered()) {
        let (one, other) = (fold(&once), fold(&again));
        prop_assert!(one == other);
        prop_assert!(given().judge(&one) == given().judge(&other));
    }

    #[test]
    fn no_start_is_before_the_earliest_that_any_event_says(events in vec(anything(), 1..25)) {
        let occurrence = fold(&events);
        if let Some(report) = given().judge(&occurrence) {
            let said = events.iter().map(|(event, arrival)| {
                event.earliest().map_or(*arrival, |said| said.min(*arrival))
            });
            prop_assert!(said.min().is_some_and(|at| at <= report.start));
        }
    }
}
