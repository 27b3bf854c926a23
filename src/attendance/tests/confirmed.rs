//! Confirmed matches: what a person said outweighs every key, and under which keys it is remembered.

use super::given::{ANA, BEN, CLEO, given};
use crate::attendance::confirmed::KeyKind::{Connection, CustomerKey, Email, Registrant, ZoomUser};

#[test]
fn each_kind_of_key_can_be_confirmed() {
    for (kind, keys) in [
        (Registrant, "reg=K"),
        (CustomerKey, "key=K"),
        (ZoomUser, "zoom=K"),
        (Email, "email=K"),
        (Connection, "uuid=K"),
    ] {
        given().confirmed(kind, "K", ANA).check(
            &format!("09:00 X joins seat=1 {keys} / 09:30 X leaves {keys}"),
            &format!(
                "user:1 30m by Confirmed
                   {connection} 09:00..09:30 Observed 30m",
                connection = if kind == Connection { "K:X.1" } else { "X:1" }
            ),
        );
    }
}

#[test]
fn confirmed_outweighs_every_other_key() {
    given().confirmed(Email, "home@x", CLEO).check(
        "09:00 X joins reg=reg-ana key=S-ana zoom=zoom-ana email=home@x / 09:30 X leaves",
        "user:3 30m by Confirmed
           X:1 09:00..09:30 Observed 30m",
    );
}

#[test]
fn a_conflict_is_resolved_by_confirming() {
    let timeline = "09:00 X joins reg=reg-ana email=ben@school / 09:30 X leaves";
    let given = given();
    assert_eq!(
        given.keys_of("conflict:X", timeline),
        [(Registrant, "reg-ana".into())]
    );
    given.confirmed(Registrant, "reg-ana", BEN).check(
        timeline,
        "user:2 30m by Confirmed
           X:1 09:00..09:30 Observed 30m",
    );
}

#[test]
fn two_devices_of_one_confirmed_person_count_once() {
    given().confirmed(ZoomUser, "Z", ANA).check(
        "09:00 Pad joins zoom=Z / 09:30 Pad leaves / 09:20 Phone joins zoom=Z / 09:50 Phone leaves
         09:40 Desk joins email=ana@school / 10:00 Desk leaves",
        "user:1 60m by Confirmed
           Pad:1 09:00..09:30 Observed 30m
           Phone:1 09:20..09:50 Observed 30m
           Desk:1 09:40..10:00 Observed 20m",
    );
}

#[test]
fn of_two_confirmed_keys_the_stronger_counts() {
    let both = given()
        .confirmed(Registrant, "R", ANA)
        .confirmed(Email, "home@x", BEN)
        .confirmed(Connection, "X", CLEO);
    both.check(
        "09:00 X joins reg=R email=home@x",
        "user:1 0m by Confirmed
           X:1 09:00..? Observed 0m",
    );
    both.check(
        "09:00 X joins email=home@x",
        "user:2 0m by Confirmed
           X:1 09:00..? Observed 0m",
    );
}

#[test]
fn keys_of_one_kind_confirmed_as_different_users_are_a_conflict() {
    let both = given()
        .confirmed(Email, "a@x", ANA)
        .confirmed(Email, "b@x", BEN);
    both.check(
        "09:00 X joins email=a@x / 09:30 X leaves email=b@x",
        "conflict:X 30m conflict
           X:1 09:00..09:30 Observed 30m",
    );
}

#[test]
fn a_registrant_and_a_connection_are_confirmed_where_they_were_seen() {
    let mut elsewhere = given()
        .confirmed(Connection, "X", ANA)
        .confirmed(Email, "x@x", ANA);
    elsewhere.uuid = "another";
    elsewhere.check(
        "09:00 X joins",
        "connection:X 0m
           X:1 09:00..? Observed 0m",
    );
    elsewhere.check(
        "09:00 X joins email=x@x",
        "user:1 0m by Confirmed
           X:1 09:00..? Observed 0m",
    );
}

#[test]
fn what_is_confirmed_of_one_counts_for_those_bound_to_it() {
    given().confirmed(Connection, "Tel", ANA).check(
        "09:00 P joins / 09:30 P leaves / 09:20 Tel joins / 09:50 Tel leaves / bind Tel to P",
        "user:1 50m by Confirmed
           P:1 09:00..09:30 Observed 30m
           Tel:1 09:20..09:50 Observed 30m",
    );
}

#[test]
fn somebody_is_confirmed_by_the_strongest_key_of_each_connection() {
    let keys = |person: &str, timeline: &str| given().keys_of(person, timeline);
    assert_eq!(
        keys(
            "email:sam@x",
            "09:00 P joins email=sam@x zoom=Z / 09:00 Q joins email=sam@x / 09:00 R joins email=sam@x key=C zoom=Z"
        ),
        [
            (CustomerKey, "C".into()),
            (ZoomUser, "Z".into()),
            (Email, "sam@x".into())
        ]
    );
    assert_eq!(
        keys("connection:P", "09:00 P joins name=Ana"),
        [(Connection, "P".into())]
    );
    assert_eq!(keys("connection:Q", "09:00 P joins"), []);
    let both = "09:00 P joins reg=R1 / 09:10 P leaves reg=R2";
    assert_eq!(
        keys("connection:P", both),
        [(Registrant, "R1".into()), (Registrant, "R2".into())]
    );
}
