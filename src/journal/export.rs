//! The journal as it lies there, page by page: for who wants all of it, and neither owns it nor changes anything.

use std::time::Duration;

use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use secrecy::SecretString;

use super::entity::webhook_event::{self, Body};
use super::error::{JournalError, within};
use super::read::Reader;
use crate::store::connect::{Role, connect_reader};

/// Events read at once: few enough for the largest bodies.
const PAGE: u64 = 200;
/// No read takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Reads a journal from its beginning to where it ended when this began, beside the service that owns it.
pub struct Exporter {
    reader: Reader,
    after: i64,
    last: i64,
}

/// One event as it came. Has no `Debug`: the body is full of personal data.
pub struct Raw {
    /// Its place in the journal.
    pub seq: i64,
    /// When it arrived, Unix milliseconds.
    pub received_at: i64,
    /// Zoom's `x-zm-request-id`.
    pub request_id: Option<String>,
    /// The raw bytes.
    pub body: Vec<u8>,
}

impl Exporter {
    /// Opens the journal at `url`, which must be there.
    pub async fn open(url: &SecretString) -> Result<Self, JournalError> {
        let reader = Reader {
            connection: connect_reader(url, LIMIT, Role::Journal).await?,
            limit: LIMIT,
        };
        let last = reader.last_issued().await?;
        Ok(Self {
            reader,
            after: 0,
            last,
        })
    }

    /// The highest `seq` that will come, if it has not been purged.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// The next events in `seq` order; none at the end.
    pub async fn next(&mut self) -> Result<Vec<Raw>, JournalError> {
        use webhook_event::Column::{Body as Bytes, ReceivedAt, RequestId, Seq};
        let rows = webhook_event::Entity::find()
            .select_only()
            .columns([Seq, ReceivedAt, RequestId, Bytes])
            .filter(webhook_event::COLUMN.seq.gt(self.after))
            .filter(webhook_event::COLUMN.seq.lte(self.last))
            .order_by_asc(Seq)
            .limit(PAGE)
            .into_tuple::<(i64, i64, Option<String>, Body)>()
            .all(&self.reader.connection);
        let rows = within(self.reader.limit, rows).await?;
        if let Some((seq, ..)) = rows.last() {
            self.after = *seq;
        }
        let raw = |(seq, received_at, request_id, Body(body))| Raw {
            seq,
            received_at,
            request_id,
            body,
        };
        Ok(rows.into_iter().map(raw).collect())
    }
}
