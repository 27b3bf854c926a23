//! `rollcall tokens`.

use super::{ACTOR, Failure, migrate::bring_up, print};
use crate::{
    clock,
    config::Config,
    store::{
        access::{
            Digest, Name, Role, random,
            tokens::{self, Listed},
        },
        connect::{Pools, Role as Purpose},
    },
};
use anyhow::{Context, anyhow};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use comfy_table::{Table, presets};
use jiff::Timestamp;
use secrecy::ExposeSecret;

/// What a token begins with: secrets that are found where they should not be are recognized by it.
const PREFIX: &str = "rc_";

/// Make, list or revoke the tokens of the operators' listener
///
/// A token is sent as `Authorization: Bearer <token>`, or pasted once into the page /sign-in. A running service knows a new one, and
/// refuses a revoked one and its sessions, within a few seconds. To replace one, make another, hand it out, and revoke the first.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make one, and print it: it is shown this once
    Create {
        /// Whose it is: a person or a program, as the audit will call them
        name: Name,
        /// What it may do: viewer reads, operator also corrects, admin also sees who did what
        #[arg(long, value_parser = role())]
        role: Role,
    },
    /// List them, revoked ones included
    List,
    /// Revoke one, and end its sessions
    Revoke {
        /// Whose it is
        name: Name,
    },
}

fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::as_str))
        .map(|word| word.parse().unwrap_or(Role::Viewer))
}

/// Makes, lists or revokes.
pub(super) async fn run(args: Args, config: Config) -> Result<(), Failure> {
    let pools = bring_up(&config, &config.database.url, Purpose::Store).await?;
    let done = match args.action {
        Action::Create { name, role } => create(&pools, &name, role).await,
        Action::List => list(&pools).await,
        Action::Revoke { name } => revoke(&pools, &name).await,
    };
    pools.close().await.context("tokens")?;
    done
}

async fn create(pools: &Pools, name: &Name, role: Role) -> Result<(), Failure> {
    let token = random(PREFIX).context("tokens: no random bits")?;
    let token = token.expose_secret();
    let made = (name, role, Digest::of(token));
    let done = tokens::create(pools, made, ACTOR, clock::now()).await;
    if !done.context("tokens")? {
        let why = format!(
            "tokens: there is a token called {name}; revoke it first, or take another name"
        );
        return Err(anyhow!(why).into());
    }
    print(&format!("{token}\n"))
}

async fn list(pools: &Pools) -> Result<(), Failure> {
    let listed = tokens::list(pools).await.context("tokens")?;
    if listed.is_empty() {
        return print("No tokens.\n");
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(["name", "role", "created", "by", "revoked"]);
    for token in listed {
        table.add_row(cells(token));
    }
    print(&format!("{}\n", table.trim_fmt()))
}

fn cells(token: Listed) -> [String; 5] {
    let time = |second| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
    [
        token.name,
        token.role,
        time(token.created.0).to_string(),
        token.created_by,
        token
            .revoked
            .map(|at| time(at.0).to_string())
            .unwrap_or_default(),
    ]
}

async fn revoke(pools: &Pools, name: &Name) -> Result<(), Failure> {
    let done = tokens::revoke(pools, name, ACTOR, clock::now()).await;
    if !done.context("tokens")? {
        return Err(anyhow!("tokens: there is no active token called {name}").into());
    }
    print(&format!("{name} revoked\n"))
}
