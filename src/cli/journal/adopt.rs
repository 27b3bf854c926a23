//! `rollcall journal adopt`.

use crate::{
    cli::{ACTOR, Failure, migrate::bring_up, print},
    clock,
    config::Config,
    journal::{AdoptError, Adopted},
    store::{
        adopt::{self, Standing},
        connect::Role,
    },
};
use anyhow::Context;

/// Go on with another journal, where the database's own is lost or only an older copy is left
///
/// `serve` refuses a journal that is not the database's, or is older than what the database has seen: events are missing
/// from it. Put back the right one if you can. If you cannot, this command has the database go on with the journal that
/// is there. Every meeting whose events are not needed any more anyway stays as it is; all others are sealed as they
/// stand: attendance, participants and stays are kept, and never computed again, whatever a later import says. A meeting
/// that is running stays as it was seen last; what is still sent of it is listed as dead. New meetings are not affected.
///
/// No service may run on the journal meanwhile. Exit code 2 and no change without --yes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Do it
    #[arg(long)]
    yes: bool,
}

/// Has the database go on with the journal that is there.
pub(super) async fn run(args: Args, config: &Config) -> Result<(), Failure> {
    let pools = bring_up(config, &config.database.url, Role::Store).await?;
    let journal = Adopted::take(&config.journal_url()).await.map_err(taken)?;
    let standing = adopt::standing(&pools).await.context("database")?;
    let issued = journal.last_issued().await.context("journal")?;
    if standing.journal.as_deref() == Some(journal.id()) && issued >= standing.seen {
        journal.release().await;
        return print("The journal belongs to this database: nothing to do.\n");
    }
    if !args.yes {
        journal.release().await;
        print(&plan(&standing))?;
        let why = "journal adopt: nothing was changed; give --yes to do it";
        return Err(Failure::Usage(why.into()));
    }
    // First, so that a crash in between leaves nothing half done: a journal that is too far on fits any database.
    journal.advance(standing.seen).await.context("journal")?;
    let adopted = adopt::adopt(&pools, journal.id(), ACTOR, clock::now()).await;
    journal.release().await;
    let sealed = adopted.context("database")?;
    print(&format!(
        "The database goes on with this journal. Meetings sealed as they stood: {sealed}.\n"
    ))
}

fn plan(standing: &Standing) -> String {
    let Standing {
        unsealed, running, ..
    } = standing;
    format!(
        "The database would go on with this journal.\n\
         Meetings that would be sealed as they stand, never to be computed again: {unsealed}.\n\
         Of these, not ended yet: {running}.\n"
    )
}

fn taken(error: AdoptError) -> Failure {
    anyhow::Error::new(error).context("journal adopt").into()
}
