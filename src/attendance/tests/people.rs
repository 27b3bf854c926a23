//! People: matching, conflicts, binds, and who is one person.

use super::given::{ANA, BEN, DAN, check, given};
use crate::attendance::report::MatchedBy;

/// Who the only person of `timeline` is, and by what.
#[track_caller]
fn matched(timeline: &str) -> Option<(u128, MatchedBy)> {
    let report = given().report(timeline);
    assert_eq!(report.people.len(), 1);
    let person = &report.people[0];
    person.user.map(|u| u.0).zip(person.matched_by)
}

#[test]
fn each_key_matches_its_user() {
    let by = |keys: &str| matched(&format!("09:00 X joins {keys}"));
    assert_eq!(by("reg=reg-ana"), Some((ANA.0, MatchedBy::Registrant)));
    assert_eq!(by("key=S-ana"), Some((ANA.0, MatchedBy::CustomerKey)));
    assert_eq!(by("zoom=zoom-ana"), Some((ANA.0, MatchedBy::ZoomUser)));
    assert_eq!(by("email=ana@school"), Some((ANA.0, MatchedBy::Email)));
    assert_eq!(by("reg=other key=other zoom=other email=other@x"), None);
}

#[test]
fn a_customer_key_may_be_a_users_uuid_in_any_case() {
    for key in [DAN.to_string(), DAN.to_string().to_uppercase()] {
        let by = matched(&format!("09:00 X joins key={key}"));
        assert_eq!(by, Some((DAN.0, MatchedBy::CustomerKey)), "{key}");
    }
    assert_eq!(DAN.to_string(), "abcdef00-0000-4000-8000-000000000004");
}

#[test]
fn a_display_name_never_matches() {
    assert_eq!(matched("09:00 X joins name=ana@school"), None);
}

#[test]
fn registrants_are_those_of_the_meeting() {
    let mut given = given();
    let ours = given
        .school
        .registrants
        .drain()
        .next()
        .expect("registrants");
    given.school.registrants.insert("another".into(), ours.1);
    let report = given.report("09:00 X joins reg=reg-ana");
    assert_eq!(report.people[0].user, None);
}

#[test]
fn the_strongest_key_that_names_somebody_is_reported() {
    let by = |keys: &str| matched(&format!("09:00 X joins {keys}")).map(|m| m.1);
    let all = "reg=reg-ana key=S-ana zoom=zoom-ana email=ana@school";
    assert_eq!(by(all), Some(MatchedBy::Registrant));
    assert_eq!(by("key=S-ana zoom=zoom-ana"), Some(MatchedBy::CustomerKey));
    assert_eq!(
        by("zoom=zoom-ana email=ana@school"),
        Some(MatchedBy::ZoomUser)
    );
    assert_eq!(by("reg=unknown email=ana@school"), Some(MatchedBy::Email));
}

#[test]
fn keys_that_name_different_users_tie_to_nobody() {
    check(
        "09:00 X joins reg=reg-ana email=ben@school / 09:30 X leaves / 10:00 end",
        "conflict:X 30m conflict
           X:1 09:00..09:30 Observed 30m",
    );
}

#[test]
fn keys_of_different_events_disagree_too() {
    check(
        "09:00 X joins email=ana@school / 09:30 X leaves email=ben@school / 10:00 end",
        "conflict:X 30m conflict
           X:1 09:00..09:30 Observed 30m",
    );
}

#[test]
fn a_key_that_several_users_carry_is_a_conflict() {
    let mut given = given();
    given.school.emails.insert("home@x".into(), vec![ANA, BEN]);
    given.check(
        "09:00 X joins email=home@x / 09:30 X leaves",
        "conflict:X 30m conflict
           X:1 09:00..09:30 Observed 30m",
    );
}

#[test]
fn conflicts_are_nobodys_and_each_their_own() {
    check(
        "09:00 X joins reg=reg-ana email=ben@school / 09:10 X leaves
         09:20 Y joins reg=reg-ana email=ben@school / 09:30 Y leaves
         09:40 Z joins reg=reg-ana / 09:50 Z leaves",
        "conflict:X 10m conflict
           X:1 09:00..09:10 Observed 10m
         conflict:Y 10m conflict
           Y:1 09:20..09:30 Observed 10m
         user:1 10m by Registrant
           Z:1 09:40..09:50 Observed 10m",
    );
}

#[test]
fn connections_of_one_user_are_one_person_by_the_strongest_key() {
    check(
        "09:00 Pad joins email=ana@school / 09:30 Pad leaves
         09:20 Phone joins zoom=zoom-ana / 09:50 Phone leaves",
        "user:1 50m by ZoomUser
           Pad:1 09:00..09:30 Observed 30m
           Phone:1 09:20..09:50 Observed 30m",
    );
}

#[test]
fn the_unmatched_are_one_person_a_connection() {
    check(
        "09:00 P joins name=Sam / 09:30 P leaves name=Sam / 09:20 Q joins name=Sam / 09:50 Q leaves name=Sam",
        "connection:P 30m
           P:1 09:00..09:30 Observed 30m
         connection:Q 30m
           Q:1 09:20..09:50 Observed 30m",
    );
}

#[test]
fn the_unmatched_of_one_latest_email_are_one_person() {
    check(
        "09:00 P joins email=old@x / 09:10 P leaves email=sam@x / 09:20 Q joins email=sam@x / 09:50 Q leaves / 10:00 R joins email=old@x",
        "email:old@x 0m
           R:1 10:00..? Observed 0m
         email:sam@x 40m
           P:1 09:00..09:10 Observed 10m
           Q:1 09:20..09:50 Observed 30m",
    );
}

#[test]
fn an_unmatched_email_is_not_the_matched_person_of_the_same_email() {
    check(
        "09:00 P joins email=sam@x reg=reg-ana / 09:10 P leaves / 09:20 Q joins email=sam@x / 09:50 Q leaves",
        "email:sam@x 30m
           Q:1 09:20..09:50 Observed 30m
         user:1 10m by Registrant
           P:1 09:00..09:10 Observed 10m",
    );
}

#[test]
fn a_bind_ties_a_phone_to_its_person() {
    check(
        "09:00 Ana joins email=ana@school / 09:30 Ana leaves / 09:20 Tel joins / 09:50 Tel leaves / bind Tel to Ana",
        "user:1 50m by Email
           Ana:1 09:00..09:30 Observed 30m
           Tel:1 09:20..09:50 Observed 30m",
    );
}

#[test]
fn a_bind_by_user_id_finds_the_connection() {
    check(
        "09:00 P joins / 09:30 P leaves / 09:20 Tel joins uuid=- / 09:50 Tel leaves uuid=- / bind .Tel.1 to .P.1",
        "connection:P 50m
           P:1 09:00..09:30 Observed 30m
           Tel.1:Tel.1 09:20..09:50 Observed 30m",
    );
}

#[test]
fn binds_tie_through_a_connection_that_was_never_seen() {
    check(
        "09:00 P joins / 09:10 P leaves / 09:20 Q joins / 09:30 Q leaves / bind P to Ghost / bind Ghost to Q / bind Q to P",
        "connection:P 20m
           P:1 09:00..09:10 Observed 10m
           Q:1 09:20..09:30 Observed 10m",
    );
}

#[test]
fn the_keys_of_bound_connections_speak_together() {
    check(
        "09:00 P joins email=ana@school / 09:10 P leaves / 09:20 Q joins email=ben@school / 09:30 Q leaves / bind P to Q",
        "conflict:P 20m conflict
           P:1 09:00..09:10 Observed 10m
           Q:1 09:20..09:30 Observed 10m",
    );
}

#[test]
fn a_bind_without_keys_ties_nothing() {
    check(
        "09:00 P joins / bind . to P",
        "connection:P 0m
           P:1 09:00..? Observed 0m",
    );
}

#[test]
fn name_and_keys_are_those_of_the_latest_instant_that_carries_one() {
    let report = given().report(
        "09:00 P joins name=Sam email=old@x zoom=Z1 reg=R1 / 09:10 P leaves name=Samira email=new@x zoom=Z2 reg=-
         09:05 P joins name=Sammy / 09:20 P joins name=- seat=2",
    );
    let person = &report.people[0];
    assert_eq!(person.name.as_deref(), Some("Samira"));
    assert_eq!(person.email.as_deref(), Some("new@x"));
    assert_eq!(person.zoom_user_id.as_deref(), Some("Z2"));
    assert_eq!(person.registrant_id.as_deref(), Some("R1"));
}

#[test]
fn of_equal_instants_the_greatest_value_is_taken() {
    for timeline in [
        "09:00 P joins name=Abe / 09:00 P leaves name=Zoe seat=2",
        "09:00 P leaves name=Zoe / 09:00 P joins name=Abe seat=2",
    ] {
        let report = given().report(timeline);
        assert_eq!(report.people[0].name.as_deref(), Some("Zoe"));
    }
}

/// Whether the only person of `timeline`, all with Ana's registrant id, is flagged.
#[track_caller]
fn shared(timeline: &str) -> bool {
    let timeline = timeline.replace("joins", "joins reg=reg-ana");
    let report = given().report(&timeline);
    assert_eq!(report.people.len(), 1);
    report.people[0].shared_registrant
}

#[test]
fn overlapping_connections_of_one_registrant_under_different_names_are_flagged() {
    assert!(shared(
        "09:00 Ana joins / 09:30 Ana leaves / 09:29 Ben joins / 09:50 Ben leaves"
    ));
    assert!(shared("09:00 Ana joins / 09:10 Ben joins / 10:00 end"));
    assert!(shared(
        "09:00 Ana joins / 09:10 Ben joins / 09:20 Ben leaves"
    ));
}

#[test]
fn one_after_the_other_is_a_rejoin_and_the_same_name_a_second_device() {
    assert!(!shared(
        "09:00 Ben joins / 09:30 Ben leaves / 09:30 Ana joins / 09:50 Ana leaves"
    ));
    assert!(!shared(
        "09:00 Ana joins / 09:30 Ana leaves / 09:30 Ben joins / 09:50 Ben leaves"
    ));
    assert!(!shared(
        "09:00 P joins name=Ana / 09:10 Q joins name=_Ana_ / 10:00 end"
    ));
    assert!(!shared(
        "09:00 P joins name=Ana / 09:10 Q joins name=- / 10:00 end"
    ));
    assert!(!shared(
        "09:00 P joins name=Ana / 09:10 P joins name=Ben seat=2 / 10:00 end"
    ));
}

#[test]
fn a_latest_name_is_what_a_connection_is_compared_by() {
    assert!(!shared(
        "09:00 P joins name=iPad / 09:10 P leaves name=Ana / 09:05 Q joins name=Ana / 09:30 Q leaves name=Ana"
    ));
}

#[test]
fn different_registrants_of_one_user_are_not_flagged() {
    let mut given = given();
    let registrants = given.school.registrants.values_mut().next();
    registrants
        .expect("registrants")
        .insert("second".into(), vec![ANA]);
    let report = given.report("09:00 P joins reg=reg-ana / 09:10 Q joins reg=second / 10:00 end");
    assert_eq!(report.people.len(), 1);
    assert!(!report.people[0].shared_registrant);
}
