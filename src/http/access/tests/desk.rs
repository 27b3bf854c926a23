//! The operators' listener on SQLite, running, with what a test does to it from behind.

use crate::{
    clock, config,
    http::{
        Admin, Keyring, Readiness, SecurityLog,
        access::{Caller, Gate},
        admin,
        pages::{History, Pages},
    },
    journal::Journal,
    meeting::{Census, Rehearsal},
    store::{
        access::{Accounts, Digest, Name, Role, random, tokens},
        clerk::{Clerk, Identity},
        connect::{self, Pools, connect, migrate},
        dead::Redriver,
        reports::Reports,
        security::Bursts,
    },
};
use jiff::tz::TimeZone;
use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use sea_orm::ConnectionTrait;
use secrecy::{ExposeSecret, SecretString};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::runtime::Handle;

/// The configured token.
pub(super) const CONFIGURED: &str = "a-configured-token";

/// The listener, and the database behind it.
pub(super) struct Desk {
    pools: Pools,
    keyring: Keyring,
    security: SecurityLog,
    pub(super) url: String,
    client: Client,
    _folder: TempDir,
}

impl Desk {
    pub(super) async fn new() -> Self {
        Self::open(Some(CONFIGURED), false).await
    }

    pub(super) async fn open(token: Option<&str>, behind_tls: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = |name: &str| {
            let file = folder.path().join(name);
            SecretString::from(format!("sqlite://{}?mode=rwc", file.display()))
        };
        let (limit, runtime) = (Duration::from_secs(5), Handle::current());
        let pools = connect(&url("main.db"), 2, limit, connect::Role::Store).await;
        let pools = pools.expect("a database");
        migrate(&pools).await.expect("tables");
        let settings = config::Journal {
            url: None,
            ack_timeout_ms: 2000,
            queue: 10,
            batch: 10,
            retention_days: 30,
            retention_check_seconds: 300,
        };
        let journal = Journal::open(&settings, &url("journal.db"), runtime.clone()).await;
        let (journal, _) = journal.expect("a journal");
        let reports = Reports::new(pools.read.clone(), runtime.clone(), 0);
        let token = token.map(SecretString::from);
        let accounts = Accounts::new(pools.clone(), limit, runtime.clone());
        let keyring = Keyring::open(accounts, token.as_ref()).await;
        let keyring = keyring.expect("a keyring");
        let bursts = Bursts::new(pools.write.clone(), runtime.clone());
        let security = SecurityLog::new(bursts, &runtime);
        let state = Admin {
            readiness: Readiness::new(journal, reports.clone()),
            reports,
            redriver: Redriver::new(pools.clone(), limit, runtime.clone()),
            keyring: keyring.clone(),
            security: security.clone(),
            clerk: Clerk::new(pools.clone(), limit, 0, runtime.clone()),
            identify: Arc::new(|_, _| Box::pin(async { Some(Identity::NoOccurrence) })),
            rehearse: Arc::new(|_, _| Box::pin(async { Some(Rehearsal::Gone) })),
            metrics: Arc::new(String::new),
            partial_weight: 0.5,
            pages: Pages {
                history: History::default(),
                census: Arc::new(|_| Census::default()),
                zone: TimeZone::UTC,
            },
        };
        let listener = config::Admin {
            addr: ([127, 0, 0, 1], 0).into(),
            token,
            behind_tls,
        };
        let (server, addr) = admin(state, &listener).expect("a free port");
        tokio::spawn(server);
        let client = Client::builder().no_proxy().redirect(Policy::none());
        Self {
            pools,
            keyring,
            security,
            url: format!("http://{addr}"),
            client: client.build().expect("a client"),
            _folder: folder,
        }
    }

    pub(super) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// Makes a token, as the command does.
    pub(super) async fn token(&self, name: &str, role: Role) -> String {
        let token = random("rc_").expect("random bits");
        let token = token.expose_secret().to_owned();
        let name: Name = match name {
            "admin" | "operator" => format!("an-{name}").parse(),
            name => name.parse(),
        }
        .expect("a name");
        let made = (&name, role, Digest::of(&token));
        let done = tokens::create(&self.pools, made, "test", clock::now()).await;
        assert!(done.expect("a database"), "the name is free");
        token
    }

    pub(super) async fn revoke(&self, name: &str) -> bool {
        let name = name.parse().expect("a name");
        let done = tokens::revoke(&self.pools, &name, "test", clock::now()).await;
        done.expect("a database")
    }

    /// A gate of its own, without the listener.
    pub(super) fn gate(&self) -> Gate {
        Gate::new(self.keyring.clone(), self.security.clone(), false)
    }

    /// Does at once what the listener does every few seconds.
    pub(super) async fn reload(&self) {
        self.keyring.reload().await.expect("a database");
    }

    /// Does something to the database.
    pub(super) async fn run(&self, sql: &str) {
        let done = self.pools.write.execute_unprepared(sql).await;
        done.expect("the statement is right");
    }

    pub(super) async fn lose_the_database(&self) {
        self.pools.clone().close().await.expect("closed");
        assert!(self.keyring.reload().await.is_err());
    }

    /// Signs in with a browser that has `cookie`, and gives the one that it has then.
    pub(super) async fn sign_in(&self, token: &str, cookie: Option<&str>) -> String {
        let request = super::form(self.request("POST", "/sign-in"), &[("token", token)]);
        let request = request.header("cookie", cookie.unwrap_or("a=b"));
        let answer = request.send().await.expect("an answer");
        super::cookie(answer.headers()).0
    }

    /// What the forms of a session carry.
    pub(super) fn csrf(&self, pair: &str) -> String {
        let (_, cookie) = pair.split_once('=').expect("a cookie");
        let caller: Option<Caller> = self.keyring.session(cookie, clock::now());
        caller.and_then(|caller| caller.csrf).expect("a session")
    }
}
