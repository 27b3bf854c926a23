//! `rollcall dead-events`.

mod dry_run;

use super::{ACTOR, Failure, migrate::bring_up, print};
use crate::{
    clock,
    config::Config,
    store::{
        connect::{Pools, Role},
        dead::{self, Redriven},
        reports::{DeadEvent, DeadEvents, Page, Reports, Window},
    },
};
use anyhow::{Context, anyhow};
use comfy_table::{Table, presets};
use tokio::runtime::Handle;

/// Rows read at once.
const PAGE: u64 = 1000;

/// List events that could not be applied, or have them tried again
///
/// A dead event is in the journal, but its occurrence goes on without it: it made Rollcall fail, or it came after its
/// occurrence was sealed. A running service takes a redriven event in within seconds; if it fails again it is listed again.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List them
    List {
        /// Only those of this occurrence
        #[arg(long, value_name = "UUID")]
        occurrence: Option<String>,
        /// Only those with this reason
        #[arg(long, value_parser = ["read", "fold", "report", "sealed"])]
        reason: Option<String>,
    },
    /// Have some of them, or all, tried again
    Redrive {
        /// Their numbers, as `list` shows them
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        seq: Vec<i64>,
        /// All but those of sealed occurrences
        #[arg(long)]
        all: bool,
        /// Only say what would come of it, of each by itself: whether it applies, and which computed marks of its lesson change
        #[arg(long)]
        dry_run: bool,
    },
}

/// Lists or redrives.
pub(super) async fn run(args: Args, config: Config) -> Result<(), Failure> {
    let pools = bring_up(&config, &config.database.url, Role::Store).await?;
    let done = match args.action {
        Action::List { occurrence, reason } => {
            list(&pools, DeadEvents { reason, occurrence }).await
        }
        Action::Redrive { seq, all, dry_run } => {
            let seqs = if all {
                dead::redrivable(&pools).await.context("dead-events")?
            } else {
                seq
            };
            if dry_run {
                dry_run::run(&pools, &config, seqs).await
            } else {
                redrive(&pools, seqs).await
            }
        }
    };
    pools.close().await.context("dead-events")?;
    done
}

async fn list(pools: &Pools, which: DeadEvents) -> Result<(), Failure> {
    let reports = Reports::new(pools.read.clone(), Handle::current(), 0);
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header([
        "seq",
        "meeting",
        "occurrence",
        "kind",
        "reason",
        "attempts",
        "received",
        "tried",
        "",
    ]);
    let mut window = Window {
        after: None,
        limit: PAGE,
    };
    loop {
        let page: Page<DeadEvent> = reports
            .dead_events(which.clone(), window)
            .await
            .context("dead-events")?;
        for event in page.items {
            table.add_row(cells(event));
        }
        let Some(next) = page.next else { break };
        window = Window {
            after: Some(next),
            limit: PAGE,
        };
    }
    if table.is_empty() {
        return print("No dead events.\n");
    }
    print(&format!("{}\n", table.trim_fmt()))
}

fn cells(event: DeadEvent) -> [String; 9] {
    [
        event.seq.to_string(),
        event.zoom_meeting_id,
        event.occurrence,
        event.kind,
        event.reason,
        event.attempts.to_string(),
        event.received_at.to_string(),
        event.died_at.to_string(),
        if event.redriven { "redriven" } else { "" }.to_owned(),
    ]
}

async fn redrive(pools: &Pools, seqs: Vec<i64>) -> Result<(), Failure> {
    let (mut redriven, mut refused) = (0, Vec::new());
    for seq in seqs {
        let outcome = dead::redrive(pools, seq, ACTOR, clock::now_ms()).await;
        match outcome.with_context(|| format!("dead-events: {redriven} redriven, then {seq}"))? {
            Redriven::Yes | Redriven::Already => redriven += 1,
            Redriven::Unknown => refused.push(format!("{seq}: there is no such dead event")),
            Redriven::Sealed => refused.push(format!("{seq}: its occurrence is sealed")),
        }
    }
    print(&format!("{redriven} redriven\n"))?;
    if refused.is_empty() {
        return Ok(());
    }
    Err(anyhow!("dead-events: {}", refused.join("; ")).into())
}
