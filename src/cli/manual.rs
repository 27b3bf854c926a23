//! `rollcall completions` and `rollcall man`: what a packager installs beside the binary.

use super::{Cli, Failure, print};
use anyhow::Context;
use clap::{CommandFactory, ValueHint};
use clap_complete::Shell;
use std::{fs, path::PathBuf};

/// Print completions for a shell
///
/// For bash, for example: `rollcall completions bash > /etc/bash_completion.d/rollcall`
#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Write the manual pages
///
/// One page a command, into a folder that is made where it is not there: `rollcall man /usr/local/share/man/man1`
#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// The folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
}

/// Prints the completions.
pub(super) fn completions(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "rollcall", &mut script);
    print(&String::from_utf8_lossy(&script))
}

/// Writes the pages.
pub(super) fn man(args: &ManArgs) -> Result<(), Failure> {
    let place = || args.folder.display().to_string();
    fs::create_dir_all(&args.folder).with_context(place)?;
    clap_mangen::generate_to(Cli::command(), &args.folder).with_context(place)?;
    Ok(())
}
