//! Benchmarks of the service as a whole: the release binary, started here, and a load from this very process.
//!
//! `scripts/bench` builds and runs it: the rate of every way to keep events beside the bare ceiling; `bell`: a whole
//! school at one moment; `restart`: after `kill -9`, with a long journal; `age`: the rate as the journal grows;
//! `watched`: what somebody who watches costs. Figures depend on the machine and on what else
//! it does; only those of one run can be compared.
#![allow(clippy::print_stdout, reason = "a command that prints its findings")]

mod age;
mod applied;
mod bell;
mod ceiling;
mod cluster;
mod machine;
#[path = "../shared/process.rs"]
#[expect(dead_code, reason = "each measurement uses a part")]
mod process;
mod rate;
mod restart;
#[path = "../shared/service.rs"]
#[expect(dead_code, reason = "each measurement uses a part")]
mod service;
mod subject;
mod table;
mod traffic;
mod watched;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::num::NonZeroU32;

/// How fast Rollcall is on this machine, beside what no service over the same HTTP server can beat.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// Seconds of each load.
    #[arg(long, default_value = "8")]
    seconds: NonZeroU32,
}

#[derive(Subcommand)]
enum What {
    /// 1,000 meetings of 30 start in one second, fill in ten, empty in one, and end.
    Bell,
    /// kill -9 with so many events in the journal, the last 100,000 of live meetings and applied to nothing.
    Restart {
        /// At least 100,000.
        events: usize,
    },
    /// The rate with 100,000, 1,000,000 and 5,000,000 events in the journal: takes half an hour and 20 GB.
    Age,
    /// The rate with and without somebody who watches the overview.
    Watched,
    /// Serves the ceiling; prints its address.
    #[command(hide = true)]
    Ceiling,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(What::Ceiling) = arguments.what {
        return actix_web::rt::System::new().block_on(ceiling::serve());
    }
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        machine::describe().await?;
        match arguments.what {
            Some(What::Bell) => bell::run().await,
            Some(What::Restart { events }) => restart::run(events).await,
            Some(What::Age) => age::run().await,
            Some(What::Watched) => watched::run(arguments.seconds.get()).await,
            Some(What::Ceiling) | None => rate::run(arguments.seconds.get()).await,
        }
    })
}
