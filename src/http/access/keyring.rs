//! Everything that opens the operators' listener, in memory: the configured token, the named ones, and the sessions of browsers.
//!
//! Read again from the database every [`EVERY`]: so long a token that was made elsewhere opens nothing, and one that was revoked still
//! opens. While the database is away all stays as it was, so that an operator can look at a service in trouble. What a request
//! brings with it is not decided here.

use super::Caller;
use crate::{
    clock::{self, Instant},
    store::{
        StoreError,
        access::{Accounts, Digest, Holder, Role, Session, Snapshot, random},
    },
};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::time::MissedTickBehavior;

/// How often the database is asked.
const EVERY: Duration = Duration::from_secs(2);
/// A session ends after so many seconds without a request,
const IDLE: i64 = 8 * 3600;
/// and so many seconds after it began.
const LONGEST: i64 = 24 * 3600;
/// The latest request of a session is written down at most this often, in seconds.
const NOTED: i64 = 300;

/// What opens the operators' listener; cheap to clone.
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

struct Inner {
    configured: Option<Digest>,
    /// Of cookies, keyed with the configured token: with that they change.
    mac: Hmac<Sha256>,
    accounts: Accounts,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    snapshot: Snapshot,
    /// By the MAC of their cookie.
    sessions: HashMap<String, Session>,
    /// Those that were ended here, by whom and when, until the database is known to know it.
    ended: HashMap<String, (String, Instant)>,
    /// How often sessions were changed here: a reading from before must not undo it.
    changes: u64,
}

/// Who holds a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bearer {
    pub(super) holder: Holder,
    pub(super) name: String,
    pub(super) role: Role,
}

impl Keyring {
    /// What `accounts` has, and the configured token; kept up to date by a task that ends with the runtime of `accounts`.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn open(
        accounts: Accounts,
        configured: Option<&SecretString>,
    ) -> Result<Self, StoreError> {
        let key = configured.map_or("", |token| token.expose_secret());
        let keyring = Self(Arc::new(Inner {
            configured: configured.map(|token| Digest::of(token.expose_secret())),
            mac: keyed(key),
            known: RwLock::default(),
            accounts,
        }));
        keyring.reload().await?;
        let weak = Arc::downgrade(&keyring.0);
        keyring.0.accounts.runtime().spawn(async move {
            let mut ticks = tokio::time::interval(EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let Some(inner) = weak.upgrade() else {
                    return;
                };
                if let Err(error) = Self(inner).reload().await {
                    tracing::debug!(%error, "tokens and sessions stay as they are");
                }
            }
        });
        Ok(keyring)
    }

    /// Reads all anew, after telling the database of what it has not heard yet.
    pub(super) async fn reload(&self) -> Result<(), StoreError> {
        let (before, ended) = self.read(|known| (known.changes, known.ended.clone()));
        for (id, (name, at)) in &ended {
            self.0.accounts.end(id, name, *at).await?;
        }
        let mut snapshot = self.0.accounts.load(clock::now()).await?;
        self.change(|known| {
            known.ended.retain(|id, _| !ended.contains_key(id));
            if known.changes != before {
                snapshot.sessions = known.sessions.drain().map(|(_, here)| here).collect();
            }
            let sessions = std::mem::take(&mut snapshot.sessions).into_iter();
            let sessions = sessions.map(|mut session| {
                if let Some(here) = known.sessions.get(&session.id) {
                    session.seen = session.seen.max(here.seen);
                }
                (session.id.clone(), session)
            });
            known.sessions = sessions.collect();
            known.snapshot = snapshot;
        });
        Ok(())
    }

    /// Whether there is no token at all: then whoever reaches the listener on this machine may use it. A revoked token counts: the
    /// last one's end must not open what was closed.
    pub(super) fn is_open(&self) -> bool {
        self.0.configured.is_none() && self.read(|known| !known.snapshot.closed)
    }

    /// Whose named token this is. All are compared, each in constant time.
    pub(super) fn named(&self, given: Digest) -> Option<Bearer> {
        self.read(|known| {
            let tokens = known.snapshot.tokens.iter();
            let equal = tokens.fold(None, |found, token| {
                if token.digest == given {
                    Some(token)
                } else {
                    found
                }
            });
            equal.map(|token| Bearer {
                holder: Holder::Token(token.id),
                name: token.name.clone(),
                role: token.role,
            })
        })
    }

    /// Who holds the configured token, if this is it.
    pub(super) fn configured(&self, given: Digest) -> Option<Bearer> {
        let equal = self.0.configured.is_some_and(|token| token == given);
        equal.then(|| configured(Holder::Configured))
    }

    /// Who holds the session of this cookie, which is used at `now`.
    pub(super) fn session(&self, cookie: &str, now: Instant) -> Option<Caller> {
        let id = self.id(cookie);
        let (session, bearer) = self.look(&id, now)?;
        if now.0.saturating_sub(session.seen.0) > NOTED {
            self.touch(&id, now);
        }
        Some(Caller {
            name: bearer.name,
            role: bearer.role,
            csrf: Some(hex::encode(
                keyed(cookie)
                    .chain_update("rollcall csrf")
                    .finalize()
                    .into_bytes(),
            )),
        })
    }

    /// Whether the session of this cookie still goes on at `now`.
    pub(super) fn has_session(&self, cookie: &str, now: Instant) -> bool {
        self.look(&self.id(cookie), now).is_some()
    }

    /// The session, if it goes on at `now`, and who holds it.
    fn look(&self, id: &str, now: Instant) -> Option<(Session, Bearer)> {
        self.read(|known| {
            let session = known.sessions.get(id).filter(|session| {
                now < session.expires && now.0.saturating_sub(session.seen.0) < IDLE
            })?;
            let bearer = self.holder(known, session.holder)?;
            Some((session.clone(), bearer))
        })
    }

    /// Who holds what a session was opened with, as of now: a role that changed has changed, a token that is gone is gone.
    fn holder(&self, known: &Known, holder: Holder) -> Option<Bearer> {
        let Holder::Token(id) = holder else {
            return self.0.configured.map(|_| configured(holder));
        };
        let token = known.snapshot.tokens.iter().find(|token| token.id == id)?;
        Some(Bearer {
            holder,
            name: token.name.clone(),
            role: token.role,
        })
    }

    /// Opens a session, instead of `former` where there was one, and gives its fresh cookie.
    pub(super) async fn sign_in(
        &self,
        bearer: &Bearer,
        former: Option<&str>,
        now: Instant,
    ) -> Result<SecretString, StoreError> {
        let cookie = random("").map_err(|_| StoreError::Panicked)?;
        let session = Session {
            id: self.id(cookie.expose_secret()),
            holder: bearer.holder,
            created: now,
            seen: now,
            expires: Instant(now.0.saturating_add(LONGEST)),
        };
        let former = former.map(|cookie| self.id(cookie));
        self.0
            .accounts
            .open(session.clone(), former.clone(), &bearer.name)
            .await?;
        self.change(|known| {
            if let Some(former) = &former {
                known.sessions.remove(former);
            }
            known.sessions.insert(session.id.clone(), session);
            known.changes += 1;
        });
        Ok(cookie)
    }

    /// Ends the session of this cookie: here at once, also where the database cannot be told.
    pub(super) async fn sign_out(
        &self,
        cookie: &str,
        name: &str,
        now: Instant,
    ) -> Result<(), StoreError> {
        let id = self.id(cookie);
        self.change(|known| {
            known.sessions.remove(&id);
            known.ended.insert(id.clone(), (name.to_owned(), now));
            known.changes += 1;
        });
        self.0.accounts.end(&id, name, now).await
    }

    fn touch(&self, id: &str, now: Instant) {
        self.change(|known| {
            if let Some(session) = known.sessions.get_mut(id) {
                session.seen = now;
            }
        });
        let (accounts, id) = (self.0.accounts.clone(), id.to_owned());
        self.0.accounts.runtime().spawn(async move {
            if let Err(error) = accounts.touch(&id, now).await {
                tracing::debug!(%error, "a session's latest request is not written down");
            }
        });
    }

    fn id(&self, cookie: &str) -> String {
        let mac = self.0.mac.clone().chain_update(cookie);
        hex::encode(mac.finalize().into_bytes())
    }

    fn read<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.0.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut self.0.known.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Who holds the configured token.
fn configured(holder: Holder) -> Bearer {
    Bearer {
        holder,
        name: "admin".to_owned(),
        role: Role::Admin,
    }
}

fn keyed(key: &str) -> Hmac<Sha256> {
    Hmac::new_from_slice(key.as_bytes()).expect("an HMAC takes keys of any length")
}
