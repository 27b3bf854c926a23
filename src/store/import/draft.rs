//! A table as it is to be: edited in memory, then compared with what is stored.

use uuid::Uuid;

/// Rows, each as stored and as wanted. A row is known by its place.
pub(super) struct Draft<M> {
    rows: Vec<Row<M>>,
}

struct Row<M> {
    stored: Option<M>,
    wanted: Option<M>,
}

/// What is to be written.
pub(super) struct Changes<M> {
    /// New rows.
    pub(super) added: Vec<M>,
    /// Stored rows as they are to be.
    pub(super) changed: Vec<M>,
    /// The ids of rows that are to go.
    pub(super) removed: Vec<Uuid>,
}

/// A row with a key.
pub(super) trait Keyed {
    /// The primary key.
    fn id(&self) -> Uuid;
}

impl<M: Clone + PartialEq + Keyed> Draft<M> {
    /// The table as it is stored.
    pub(super) fn of(stored: Vec<M>) -> Self {
        let row = |stored: M| Row {
            wanted: Some(stored.clone()),
            stored: Some(stored),
        };
        Self {
            rows: stored.into_iter().map(row).collect(),
        }
    }

    /// Adds a row, and tells its place.
    pub(super) fn add(&mut self, row: M) -> usize {
        self.rows.push(Row {
            stored: None,
            wanted: Some(row),
        });
        self.rows.len() - 1
    }

    /// The row at a place, unless it was removed.
    pub(super) fn edit(&mut self, place: usize) -> Option<&mut M> {
        self.rows[place].wanted.as_mut()
    }

    /// Removes every row of which this holds.
    pub(super) fn remove(&mut self, which: impl Fn(usize, &M) -> bool) {
        for (place, row) in self.rows.iter_mut().enumerate() {
            row.wanted.take_if(|wanted| which(place, wanted));
        }
    }

    /// The rows as wanted, with their places.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, &M)> {
        let wanted = |(place, row)| Some((place, Row::wanted(row)?));
        self.rows.iter().enumerate().filter_map(wanted)
    }

    /// What differs.
    pub(super) fn changes(self) -> Changes<M> {
        let mut changes = Changes {
            added: Vec::new(),
            changed: Vec::new(),
            removed: Vec::new(),
        };
        for row in self.rows {
            match (row.stored, row.wanted) {
                (None, Some(wanted)) => changes.added.push(wanted),
                (Some(stored), Some(wanted)) if stored != wanted => changes.changed.push(wanted),
                (Some(stored), None) => changes.removed.push(stored.id()),
                _ => {}
            }
        }
        changes
    }
}

impl<M> Row<M> {
    fn wanted(&self) -> Option<&M> {
        self.wanted.as_ref()
    }
}
