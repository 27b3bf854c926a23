//! `classes.csv` (OneRoster).

use super::CLASSES;
use super::model::Class;
use super::problem::Problems;
use super::record::{NAME, Once};
use super::table::{Columns, Table};

const COLUMNS: Columns = Columns {
    required: &["sourcedId", "title"],
    optional: &["status"],
    names: &["sourcedId"],
};

/// Reads the file.
pub(super) fn read(bytes: &[u8], problems: &mut Problems) -> Vec<Class> {
    let mut classes = Vec::new();
    let Some(mut table) = Table::open(CLASSES, bytes, &COLUMNS, problems) else {
        return classes;
    };
    let mut ids = Once::default();
    while let Some(mut record) = table.next_record(problems) {
        let sourced_id = record.id("sourcedId");
        ids.check(&sourced_id, "sourcedId", &mut record);
        let deleted = record.is_deleted();
        let name = if deleted {
            let title = record.text("title", NAME);
            title.unwrap_or_else(|| sourced_id.clone())
        } else {
            record.required("title", NAME)
        };
        let at = record.at;
        let class = Class {
            sourced_id,
            name,
            deleted,
            at,
        };
        classes.extend(record.finish(class, problems));
    }
    classes
}
