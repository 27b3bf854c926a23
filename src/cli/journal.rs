//! `rollcall journal`: what an operator does to the journal.

mod adopt;
mod export;

use super::Failure;
use crate::config::Config;

/// Look after the journal
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    Adopt(adopt::Args),
    Export(export::Args),
}

/// Does the task.
pub(super) async fn run(args: Args, config: Config) -> Result<(), Failure> {
    match args.task {
        Task::Adopt(args) => adopt::run(args, &config).await,
        Task::Export(args) => export::run(args, &config).await,
    }
}
