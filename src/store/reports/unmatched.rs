//! What a person has to look at: people in a class's meetings who are tied to no user, then events that count for
//! nobody, of both the latest date first; then the meetings that the school does not know, in order of their number.
//!
//! A file each; here they become one list.

mod events;
mod meetings;
mod people;
mod pupils;

pub use events::Unusable;
pub use meetings::Unknown;
pub use people::Stranger;

use super::{
    Error, Page, Position, Reports, Window,
    page::{date as date_part, id as id_part},
};
use crate::store::entity::{meeting_occurrence as occurrence, zoom_participant as participant};
use sea_orm::{ColumnTrait, Condition};

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// Somebody in a class's meeting who could not be tied to a user.
    Person(Stranger),
    /// Presence events of an occurrence that carried too little to count.
    Events(Unusable),
    /// A meeting that the school does not know.
    Meeting(Unknown),
}

/// Items, each with its position.
type Placed = Vec<(Position, Unmatched)>;

impl Reports {
    /// What is to be looked at.
    pub async fn unmatched(&self, window: Window) -> Result<Page<Unmatched>, Error> {
        self.run(move |db| async move {
            let Rest {
                people,
                events,
                meetings,
            } = Rest::behind(window.after.as_ref())?;
            let mut found = Placed::new();
            // One more than is shown tells whether more follows, whatever it is.
            let room = |found: &Placed| (window.limit + 1).saturating_sub(found.len() as u64);
            if let Some(people) = people {
                found.extend(people::find(&db, people, room(&found)).await?);
            }
            if let Some(events) = events {
                found.extend(events::find(&db, events, room(&found)).await?);
            }
            found.extend(meetings::find(&db, meetings, room(&found)).await?);
            let page = Page::cut(found, window.limit, |(position, _)| position.clone());
            Ok(page.map(|(_, item)| item))
        })
        .await
    }
}

/// What of the list lies behind a position.
struct Rest {
    /// These people; none where all are before it.
    people: Option<Condition>,
    /// The events of these occurrences; none where all are before it.
    events: Option<Condition>,
    /// The meetings behind this number.
    meetings: String,
}

impl Rest {
    fn behind(position: Option<&Position>) -> Result<Self, Error> {
        let mut rest = Self {
            people: Some(Condition::all()),
            events: Some(Condition::all()),
            meetings: String::new(),
        };
        let Some(position) = position else {
            return Ok(rest);
        };
        match position.0.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [people::KIND, date, id] => {
                rest.people = Some(beyond(participant::Column::Id, date, id)?);
            }
            [events::KIND, date, id] => {
                rest.people = None;
                rest.events = Some(beyond(occurrence::Column::Id, date, id)?);
            }
            [meetings::KIND, number] => {
                rest.people = None;
                rest.events = None;
                number.clone_into(&mut rest.meetings);
            }
            _ => return Err(Error::Position),
        }
        Ok(rest)
    }
}

/// Of an earlier date, or of this one behind the row `id`.
fn beyond(column: impl ColumnTrait, date: &str, id: &str) -> Result<Condition, Error> {
    let (date, id) = (date_part(date)?, id_part(id)?);
    let same_date = Condition::all()
        .add(occurrence::Column::Date.eq(date))
        .add(column.gt(id));
    let earlier = occurrence::Column::Date.lt(date);
    Ok(Condition::any().add(earlier).add(same_date))
}
