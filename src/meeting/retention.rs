//! Retention: events of old occurrences are given up, first sealed, then deleted; those of no occurrence go by age.
//!
//! Every few minutes, in small steps. What may be sealed its own actor decides; what is sealed is kept beside its debt:
//! that the journal still has its events. Debts are paid by the next round, or by the one after a crash; paying twice is
//! paying once. Events of an occurrence that is not sealed are never deleted, however old.

use super::registry::Registry;
use crate::{
    clock,
    journal::{Folds, Journal, JournalError, Old},
    store::{
        StoreError,
        connect::Pools,
        error::within,
        retention::{self, Standing},
    },
    vital,
};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// The first round comes this soon after the start.
const SOON: Duration = Duration::from_secs(10);
/// How often it is looked whether the service stops.
const TICK: Duration = Duration::from_millis(500);
/// After each deletion, so that commits are not kept waiting.
const PAUSE: Duration = Duration::from_millis(20);
/// Actors that are asked to seal at once: each has to load all that it gives up, and what is live goes first.
const LOT: u64 = 16;
/// Between two lots.
const BREATH: Duration = Duration::from_secs(1);
/// Sealed occurrences whose events are deleted before it is noted.
const DEBTS: u64 = 50;

/// When events go.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Seconds after an occurrence became final.
    pub keep: i64,
    /// Between two rounds.
    pub every: Duration,
}

/// Gives up events until the service stops, while this process owns the journal.
pub(super) async fn run(registry: Registry, journal: Journal, pools: Pools) {
    let settings = registry.settings();
    let every = settings.retention.every;
    let rounds = Rounds {
        keep: settings.retention.keep,
        settle: settings.rule.settle,
        patience: settings.patience,
        registry: registry.clone(),
        journal,
        pools,
    };
    let mut next = Instant::now() + every.min(SOON);
    while !registry.is_draining() {
        if Instant::now() >= next && rounds.go_on() {
            report("purge", vital::attempt(rounds.purge_sealed()).await);
            report("purge by age", vital::attempt(rounds.purge_by_age()).await);
            report("seal", vital::attempt(rounds.seal()).await);
            next = Instant::now() + every;
        }
        sleep(TICK).await;
    }
}

struct Rounds {
    keep: i64,
    settle: i64,
    patience: Duration,
    registry: Registry,
    journal: Journal,
    pools: Pools,
}

impl Rounds {
    /// Without the journal's lock another process has the actors.
    fn go_on(&self) -> bool {
        !self.registry.is_draining() && self.journal.health().owner
    }

    /// Deletes the events of sealed occurrences.
    async fn purge_sealed(&self) -> Result<(), Failure> {
        loop {
            let debts = retention::unpurged(&self.pools, DEBTS);
            let debts = within(self.patience, debts).await?;
            if debts.is_empty() {
                return Ok(());
            }
            for debt in &debts {
                let mut left = true;
                while left {
                    if !self.go_on() {
                        return Ok(());
                    }
                    left = self
                        .journal
                        .purge_occurrence(&debt.uuid, debt.applied_seq)
                        .await?;
                    sleep(PAUSE).await;
                }
            }
            let paid = debts.into_iter().map(|debt| debt.id).collect();
            within(self.patience, retention::mark_purged(&self.pools, paid)).await?;
        }
    }

    /// Deletes what is old by its arrival and nobody's: from the journal's beginning to the first event that is younger, of
    /// which rounds before this one left little.
    async fn purge_by_age(&self) -> Result<(), Failure> {
        let before = clock::now().plus(-self.keep).0.saturating_mul(1000);
        let mut after = 0;
        while self.go_on() {
            let page = self.journal.old(after, before).await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            let seqs = self.expendable(&page).await?;
            if !seqs.is_empty() {
                self.journal.purge(seqs).await?;
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn expendable(&self, page: &[Old]) -> Result<Vec<i64>, Failure> {
        let uuids: HashSet<&str> = page
            .iter()
            .filter_map(|event| event.occurrence.as_deref())
            .collect();
        let standings = retention::standings(&self.pools, uuids.into_iter());
        let standings = within(self.patience, standings).await?;
        let dead = retention::dead(&self.pools, page.iter().map(|event| event.seq));
        let dead = within(self.patience, dead).await?;
        let expendable = page
            .iter()
            .filter(|event| is_expendable(event, &standings, &dead));
        Ok(expendable.map(|event| event.seq).collect())
    }

    /// Asks the actors of old occurrences to seal them: of those that may, for each has to load all that it gives up.
    async fn seal(&self) -> Result<(), Failure> {
        let ended_before = clock::now().plus(-self.keep).plus(-self.settle);
        let quiet_since = clock::now().plus(-self.settle).0.saturating_mul(1000);
        let mut after = None;
        while self.go_on() {
            let lot = retention::sealable(&self.pools, ended_before, after, LOT);
            let lot = within(self.patience, lot).await?;
            let Some(last) = lot.last() else { break };
            after = Some(last.id);
            let uuids = lot.iter().map(|old| old.uuid.clone()).collect();
            let stirring = self.journal.stirring(uuids, quiet_since).await?;
            for old in lot.iter().filter(|old| !stirring.contains(&old.uuid)) {
                self.registry.seal(&old.uuid);
            }
            sleep(BREATH).await;
        }
        Ok(())
    }
}

/// Whether an old event may go: it is nobody's, it is in a seal, or it came after one and is listed as dead.
fn is_expendable(
    event: &Old,
    standings: &HashMap<Box<str>, Standing>,
    dead: &HashSet<i64>,
) -> bool {
    let standing = event
        .occurrence
        .as_ref()
        .and_then(|uuid| standings.get(uuid));
    match (event.folds, standing) {
        (Folds::No, _) | (Folds::IfExists, None) => true,
        (Folds::Yes, None) => false,
        (_, Some(standing)) => {
            standing.sealed && (event.seq <= standing.applied_seq || dead.contains(&event.seq))
        }
    }
}

/// `result`: none where the step panicked.
fn report(step: &str, result: Option<Result<(), Failure>>) {
    if let Err(error) = result.unwrap_or(Err(Failure::Panicked)) {
        tracing::warn!(step, %error, "retention did not finish a step; it tries again");
    }
}

/// Why a step did not finish.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("store: {0}")]
    Store(#[from] StoreError),
    #[error("journal: {0}")]
    Journal(#[from] JournalError),
    #[error("a panic, see the line before")]
    Panicked,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: i64, folds: Folds, occurrence: Option<&str>) -> Old {
        Old {
            seq,
            occurrence: occurrence.map(Into::into),
            folds,
        }
    }

    #[test]
    fn only_what_nobody_needs_is_expendable() {
        let standing = |sealed| Standing {
            applied_seq: 10,
            sealed,
        };
        let standings = [
            ("open".into(), standing(false)),
            ("sealed".into(), standing(true)),
        ];
        let (standings, dead) = (standings.into(), [5, 12].into());
        for (seq, folds, occurrence, expendable) in [
            (1, Folds::No, None, true),
            (2, Folds::No, Some("open"), true),
            (3, Folds::IfExists, Some("unknown"), true),
            // The sweep has not come to it yet, or it cannot be applied.
            (4, Folds::Yes, Some("unknown"), false),
            // Dead, but its occurrence may still be given it back.
            (5, Folds::Yes, Some("open"), false),
            (6, Folds::IfExists, Some("open"), false),
            (10, Folds::Yes, Some("sealed"), true),
            (10, Folds::IfExists, Some("sealed"), true),
            (11, Folds::Yes, Some("sealed"), false),
            (12, Folds::Yes, Some("sealed"), true),
        ] {
            let event = event(seq, folds, occurrence);
            assert_eq!(
                is_expendable(&event, &standings, &dead),
                expendable,
                "{event:?}"
            );
        }
    }
}
