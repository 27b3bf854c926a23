//! What a seal keeps: everything. And when an occurrence may be sealed.

use super::{
    given::{fold as timeline, given},
    order::{anything, fold},
    timeline::at,
};
use crate::attendance::{occurrence::Occurrence, seal::Sealed};
use proptest::{collection::vec, prelude::*};

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_unsealed_occurrence_is_the_one_that_was_sealed(events in vec(anything(), 0..40)) {
        let occurrence = fold(&events);
        let again = Occurrence::unseal(occurrence.seal());
        prop_assert!(again == occurrence);
        prop_assert!(given().judge(&again) == given().judge(&occurrence));
        prop_assert!(again.seal() == occurrence.seal());
    }

    /// It is the whole state: events folded after it change it as they would have changed the original.
    #[test]
    fn folding_goes_on_where_it_was_sealed(
        before in vec(anything(), 0..20),
        after in vec(anything(), 0..20),
    ) {
        let mut again = Occurrence::unseal(fold(&before).seal());
        for (event, arrival) in &after {
            again.fold(event, *arrival);
        }
        prop_assert!(again == fold(&[before, after].concat()));
    }

    #[test]
    fn the_order_of_its_lists_means_nothing(events in vec(anything(), 0..40)) {
        let occurrence = fold(&events);
        let mut sealed: Sealed = occurrence.seal();
        sealed.seats.reverse();
        sealed.binds.reverse();
        sealed.unusable.reverse();
        for seen in &mut sealed.seats {
            seen.joins.reverse();
            seen.leaves.reverse();
            seen.facts.reverse();
        }
        prop_assert!(Occurrence::unseal(sealed) == occurrence);
    }
}

#[test]
fn a_seal_prints_nobody() {
    let mut occurrence = timeline("09:00 start\n09:02 Ana joins\n09:30 end").seal();
    occurrence.topic = Some((None, "Maths with Ana".into()));
    assert!(!occurrence.seats.is_empty());
    let printed = format!("{occurrence:?} {:?}", occurrence.seats);
    assert_eq!(printed, "Sealed(..) [Seen(..)]");
}

/// Ended at 09:50, every event arrived by 09:50; settled an hour later, kept for another.
#[test]
fn an_occurrence_is_sealed_when_it_is_final_old_and_quiet() {
    let occurrence = timeline("09:00 start\n09:02 Ana joins\n09:50 end");
    let report = given().judge(&occurrence).expect("an occurrence");
    let may = |now| occurrence.may_be_sealed(&report, 3600, 3600, at(now));
    assert!(!may("11:49"));
    assert!(may("11:50"));
    // An old meeting whose events come only now is not quiet yet.
    let mut late = occurrence.seal();
    late.arrivals = Some((at("09:00"), at("15:00")));
    let late = Occurrence::unseal(late);
    let may = |now| late.may_be_sealed(&report, 3600, 3600, at(now));
    assert!(!may("15:59"));
    assert!(may("16:00"));
}

#[test]
fn what_has_not_ended_is_not_sealed() {
    let occurrence = timeline("09:00 start\n09:02 Ana joins");
    let report = given().judge(&occurrence).expect("an occurrence");
    assert_eq!(report.end, None);
    assert!(!occurrence.may_be_sealed(&report, 0, 0, at("23:00")));
}
