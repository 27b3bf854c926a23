//! The commands: one file each, `run` with its own arguments and the configuration.
//!
//! Here: the command line as a whole, what a failure looks like (one line on standard error) and its exit code
//! (0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted where what was done is told).

mod config;
mod dead_events;
mod demo;
mod doctor;
mod failure;
mod files;
mod health;
mod import;
mod journal;
mod manual;
mod migrate;
mod replay;
mod serve;
mod signals;
mod tokens;
mod usage;

pub use failure::Failure;

use crate::config::{Config, Env, Settings};
use crate::priority;
use actix_web::rt::{System, SystemRunner};
use anyhow::Context;
use clap::{Parser, Subcommand};
use std::{
    io::{self, Write},
    process::ExitCode,
    thread::available_parallelism,
};
use tokio::runtime::Builder;

/// Who acts where a command changes something, for the audit.
const ACTOR: &str = "command";

/// Turns Zoom's webhooks into attendance that a teacher can trust.
#[derive(Debug, Parser)]
#[command(name = "rollcall", version, after_help = AFTER_HELP, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Configuration, later wins: config/default.toml (compiled in); the file that ROLLCALL_CONFIG names,
or config/<ROLLCALL_ENV>.toml; the environment: ROLLCALL__SECTION__KEY, ZOOM_WEBHOOK_SECRET,
DATABASE_URL, ROLLCALL_ADMIN_TOKEN, RUST_LOG. `rollcall config` prints what came of it.
Exit code: 0 done, 1 failed, 2 wrong usage or configuration; `rollcall replay` that is interrupted: 130.";

#[derive(Debug, Subcommand)]
enum Command {
    Completions(manual::CompletionsArgs),
    Config(config::Args),
    DeadEvents(dead_events::Args),
    Demo(demo::Args),
    Doctor(doctor::Args),
    Health(health::Args),
    Import(import::Args),
    Journal(journal::Args),
    Man(manual::ManArgs),
    Migrate(migrate::Args),
    Replay(Box<replay::Args>),
    Serve(serve::Args),
    Tokens(tokens::Args),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => return printed(error.print()),
        Err(error) => return Failure::Usage(usage::one_line(&error)).report(),
    };
    match dispatch(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn dispatch(command: Command) -> Result<(), Failure> {
    let env = Env::process();
    match command {
        Command::Completions(args) => manual::completions(&args),
        Command::Man(args) => manual::man(&args),
        Command::Config(args) => config::run(&args, &Settings::read(&env)?),
        Command::DeadEvents(args) => {
            runtime()?.block_on(dead_events::run(args, Config::load(&env)?))
        }
        Command::Demo(args) => runtime()?.block_on(demo::run(args)),
        Command::Doctor(args) => runtime()?.block_on(doctor::run(args, Config::load(&env)?)),
        Command::Health(args) => runtime()?.block_on(health::run(args, &env)),
        Command::Import(args) => runtime()?.block_on(import::run(args, Config::load(&env)?)),
        Command::Journal(args) => runtime()?.block_on(journal::run(args, Config::load(&env)?)),
        Command::Migrate(args) => runtime()?.block_on(migrate::run(args, Config::load(&env)?)),
        Command::Replay(args) => runtime()?.block_on(replay::run(&args, &env)),
        Command::Tokens(args) => runtime()?.block_on(tokens::run(args, Config::load(&env)?)),
        Command::Serve(args) => service()?.block_on(serve::run(args, Config::load(&env)?)),
    }
}

/// The process's long-lived runtime: it opens the databases' connections, and its thread can start arbiters.
fn runtime() -> Result<SystemRunner, Failure> {
    system(&mut Builder::new_multi_thread())
}

/// The same for a service, whose requests, actors and commits have threads of their own: on half of the cores, for more only wake each
/// other, but two at least, so that a report does not keep the hand-over waiting.
fn service() -> Result<SystemRunner, Failure> {
    let cores = available_parallelism().map_or(1, usize::from);
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(cores.div_ceil(2).max(2));
    system(builder.on_thread_start(priority::give_way))
}

fn system(builder: &mut Builder) -> Result<SystemRunner, Failure> {
    let runtime = builder
        .enable_all()
        .build()
        .context("the runtime does not start")?;
    Ok(System::with_tokio_rt(move || runtime))
}

/// Writes a command's result to standard output. A reader that went away (`rollcall config | head -1`) is no failure.
fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(anyhow::Error::new(error).context("standard output").into())
        }
        _ => Ok(()),
    }
}

fn printed(result: io::Result<()>) -> ExitCode {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}
