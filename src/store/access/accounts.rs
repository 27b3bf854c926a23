//! What the operators' listener asks and changes: all that opens it, as it stands, and the sessions of browsers.

use super::{Digest, Role};
use crate::{
    attendance::event::Instant,
    store::{
        StoreError, audit,
        connect::Pools,
        convert::{instant, utc},
        entity::{
            access_session::{self as session, Column},
            access_token,
        },
        error::within,
    },
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use std::time::Duration;
use tokio::runtime::Handle;
use uuid::Uuid;

/// Sessions that are remembered at most; beyond it the oldest are forgotten.
const SESSIONS: u64 = 4096;
/// The holder of a session that was opened with the configured token.
const CONFIGURED: &str = "config";

/// All that opens the operators' listener, as the database has it.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The active tokens.
    pub tokens: Vec<Token>,
    /// Whether there is any token at all, be it a revoked one.
    pub closed: bool,
    /// Those that may still be good.
    pub sessions: Vec<Session>,
}

/// An active token.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its row.
    pub id: Uuid,
    /// Whose it is.
    pub name: String,
    /// What it opens.
    pub role: Role,
    /// Of the token.
    pub digest: Digest,
}

/// What a session was opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The configured token.
    Configured,
    /// The token with this id.
    Token(Uuid),
}

/// Somebody who signed in with a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The MAC of its cookie, hexadecimal.
    pub id: String,
    /// What it was opened with.
    pub holder: Holder,
    /// When it was opened.
    pub created: Instant,
    /// The latest request.
    pub seen: Instant,
    /// When it ends at the latest.
    pub expires: Instant,
}

/// The tokens and sessions of the database, on behalf of whoever has none; cheap to clone.
#[derive(Clone, Debug)]
pub struct Accounts {
    db: Pools,
    patience: Duration,
    runtime: Handle,
}

impl Accounts {
    /// In `db`, on `runtime`, the one that opened it; nothing takes longer than `patience`.
    pub fn new(db: Pools, patience: Duration, runtime: Handle) -> Self {
        Self {
            db,
            patience,
            runtime,
        }
    }

    /// The runtime that its work is done on.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// All that opens the listener at `now`.
    pub async fn load(&self, now: Instant) -> Result<Snapshot, StoreError> {
        self.run(move |db| async move { load(&db, now).await })
            .await
    }

    /// Keeps a session that `actor` opened, instead of `former` where there was one, and forgets those that are over.
    pub async fn open(
        &self,
        session: Session,
        former: Option<String>,
        actor: &str,
    ) -> Result<(), StoreError> {
        let actor = actor.to_owned();
        self.run(|db| async move { open(&db, session, former, &actor).await })
            .await
    }

    /// Ends a session of `actor`'s at `now`.
    pub async fn end(&self, id: &str, actor: &str, now: Instant) -> Result<(), StoreError> {
        let (id, actor) = (id.to_owned(), actor.to_owned());
        self.run(move |db| async move { end(&db, &id, &actor, now).await })
            .await
    }

    /// Remembers that a session was used at `now`.
    pub async fn touch(&self, id: &str, now: Instant) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.run(move |db| async move {
            session::Entity::update_many()
                .col_expr(Column::LastSeen, Expr::value(utc(now)))
                .filter(Column::Id.eq(id))
                .exec(&db.write)
                .await?;
            Ok(())
        })
        .await
    }

    /// Connections belong to the runtime that opened them; callers have others.
    async fn run<T, F>(&self, work: impl FnOnce(Pools) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
        T: Send + 'static,
    {
        let (work, patience) = (work(self.db.clone()), self.patience);
        let task = self.runtime.spawn(within(patience, work));
        task.await.unwrap_or(Err(StoreError::Panicked))
    }
}

async fn load(db: &Pools, now: Instant) -> Result<Snapshot, StoreError> {
    let rows = access_token::Entity::find().all(&db.read).await?;
    let sessions = session::Entity::find()
        .filter(Column::ExpiresAt.gt(utc(now)))
        .order_by_desc(Column::CreatedAt)
        .limit(SESSIONS)
        .all(&db.read)
        .await?;
    Ok(Snapshot {
        closed: !rows.is_empty(),
        tokens: rows.into_iter().filter_map(token).collect(),
        sessions: sessions.into_iter().filter_map(session).collect(),
    })
}

async fn open(
    db: &Pools,
    session: Session,
    former: Option<String>,
    actor: &str,
) -> Result<(), StoreError> {
    let now = session.created;
    let transaction = db.begin().await?;
    let mut over = Condition::any().add(Column::ExpiresAt.lte(utc(now)));
    if let Some(former) = former {
        over = over.add(Column::Id.eq(former));
    }
    session::Entity::delete_many()
        .filter(over)
        .exec(&transaction)
        .await?;
    let row = session::Model {
        id: session.id,
        holder: session.holder.to_string(),
        created_at: utc(now),
        last_seen: utc(session.seen),
        expires_at: utc(session.expires),
    };
    session::Entity::insert(row.into_active_model())
        .exec_without_returning(&transaction)
        .await?;
    audit::record(&transaction, of_session(actor, "session.opened"), now).await?;
    transaction.commit().await?;
    Ok(())
}

async fn end(db: &Pools, id: &str, actor: &str, now: Instant) -> Result<(), StoreError> {
    let transaction = db.begin().await?;
    let ended = session::Entity::delete_by_id(id).exec(&transaction).await?;
    if ended.rows_affected > 0 {
        audit::record(&transaction, of_session(actor, "session.ended"), now).await?;
    }
    transaction.commit().await?;
    Ok(())
}

fn of_session<'a>(actor: &'a str, action: &'static str) -> audit::Entry<'a> {
    audit::Entry {
        actor,
        action,
        target: format!("token {actor}"),
        detail: None,
    }
}

/// A row that says something else than this program writes opens nothing.
fn token(row: access_token::Model) -> Option<Token> {
    if row.revoked_at.is_some() {
        return None;
    }
    Some(Token {
        id: row.id,
        role: row.role.parse().ok()?,
        digest: Digest::from_hex(&row.token_sha256)?,
        name: row.name,
    })
}

fn session(row: session::Model) -> Option<Session> {
    let holder = match row.holder.as_str() {
        CONFIGURED => Holder::Configured,
        id => Holder::Token(id.parse().ok()?),
    };
    Some(Session {
        id: row.id,
        holder,
        created: instant(row.created_at),
        seen: instant(row.last_seen),
        expires: instant(row.expires_at),
    })
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Configured => f.write_str(CONFIGURED),
            Self::Token(id) => id.fmt(f),
        }
    }
}
