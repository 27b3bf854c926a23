//! What happened to the service itself: who changed what, and what was refused. The latest first.

use super::{
    Error, Page, Position, Reports, Window,
    page::{id, instant},
    row::timestamp,
};
use crate::store::entity::{audit_event, security_event};
use jiff::Timestamp;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    prelude::{Json, TimeDateTimeWithTimeZone, Uuid},
};

/// Which audit events: all that are given must hold.
#[derive(Clone, Debug, Default)]
pub struct AuditEvents {
    /// Who.
    pub actor: Option<String>,
    /// What.
    pub action: Option<String>,
}

/// A change that somebody may ask about later.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEvent {
    /// Its row.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// On what.
    pub target: String,
    /// Before and after.
    pub detail: Option<Json>,
}

/// Requests refused in a row for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityEvent {
    /// Its row.
    pub id: Uuid,
    /// When the first was refused.
    pub at: Timestamp,
    /// Why: `bad_signature`, `clock_skew` or `bad_token`.
    pub kind: String,
    /// How many.
    pub count: i64,
}

impl Reports {
    /// A page of audit events.
    pub async fn audit_events(
        &self,
        which: AuditEvents,
        window: Window,
    ) -> Result<Page<AuditEvent>, Error> {
        use audit_event::{Column, Entity};
        let after = window.after.as_ref().map(place).transpose()?;
        self.run(|read| async move {
            let mut query = Entity::find()
                .order_by_desc(Column::At)
                .order_by_desc(Column::Id);
            if let Some((at, id)) = after {
                query = query.filter(older(Column::At, Column::Id, at, id));
            }
            if let Some(actor) = which.actor {
                query = query.filter(Column::Actor.eq(actor));
            }
            if let Some(action) = which.action {
                query = query.filter(Column::Action.eq(action));
            }
            let rows = query.limit(window.limit + 1).all(&read).await?;
            let rows = rows.into_iter().map(audit_event).collect();
            let position = |event: &AuditEvent| position(event.at, event.id);
            Ok(Page::cut(rows, window.limit, position))
        })
        .await
    }

    /// A page of security events.
    pub async fn security_events(&self, window: Window) -> Result<Page<SecurityEvent>, Error> {
        use security_event::{Column, Entity};
        let after = window.after.as_ref().map(place).transpose()?;
        self.run(|read| async move {
            let mut query = Entity::find()
                .order_by_desc(Column::At)
                .order_by_desc(Column::Id);
            if let Some((at, id)) = after {
                query = query.filter(older(Column::At, Column::Id, at, id));
            }
            let rows = query.limit(window.limit + 1).all(&read).await?;
            let rows = rows.into_iter().map(security_event).collect();
            let position = |event: &SecurityEvent| position(event.at, event.id);
            Ok(Page::cut(rows, window.limit, position))
        })
        .await
    }
}

/// Behind this place in a list whose latest come first.
fn older<C: ColumnTrait>(
    at_column: C,
    id_column: C,
    at: TimeDateTimeWithTimeZone,
    id: Uuid,
) -> Condition {
    let same = Condition::all().add(at_column.eq(at)).add(id_column.lt(id));
    Condition::any().add(at_column.lt(at)).add(same)
}

fn place(position: &Position) -> Result<(TimeDateTimeWithTimeZone, Uuid), Error> {
    let [at, row] = position.parts()?;
    Ok((instant(at)?, id(row)?))
}

fn position(at: Timestamp, id: Uuid) -> Position {
    Position(vec![at.to_string(), id.to_string()])
}

fn audit_event(row: audit_event::Model) -> AuditEvent {
    AuditEvent {
        id: row.id,
        at: timestamp(row.at),
        actor: row.actor,
        action: row.action,
        target: row.target,
        detail: row.detail,
    }
}

fn security_event(row: security_event::Model) -> SecurityEvent {
    SecurityEvent {
        id: row.id,
        at: timestamp(row.at),
        kind: row.kind,
        count: row.count,
    }
}
