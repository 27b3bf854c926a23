//! The findings side by side.

use crate::rate::Found;
use comfy_table::{CellAlignment, Table, presets};
use rollcall::replay::load::measured::Measured;
use std::time::Duration;

/// A column's head, and what stands below it.
type Column = (&'static str, fn(&Found, &Found) -> String);

/// The second argument is the ceiling.
const COLUMNS: [Column; 18] = [
    ("", |one, _| one.name.to_owned()),
    ("events/s", |one, _| format!("{:.0}", one.most.rate())),
    ("of the\nceiling", |one, ceiling| {
        format!("{:.2}", one.most.rate() / ceiling.most.rate())
    }),
    ("p50\nms", |one, _| latency(&one.most, 0.5)),
    ("p99\nms", |one, _| latency(&one.most, 0.99)),
    ("p99.9\nms", |one, _| latency(&one.most, 0.999)),
    ("not\n2xx", |one, _| one.most.errors().to_string()),
    ("applied\nafter s", |one, _| applied(one.applied)),
    ("CPU s/1000:\nprocess", |one, _| cpu(one, 0)),
    ("x the\nceiling", |one, ceiling| {
        format!("{:.1}", each(one, 0) / each(ceiling, 0))
    }),
    ("data-\nbase", |one, _| cpu(one, 1)),
    ("sender", |one, _| cpu(one, 2)),
    ("RAM\nMiB", |one, _| {
        (one.resident / (1024 * 1024)).to_string()
    }),
    ("at half:\nevents/s", |one, _| {
        format!("{:.0}", one.half.rate())
    }),
    ("p99\nms", |one, _| latency(&one.half, 0.99)),
    ("p99.9\nms", |one, _| latency(&one.half, 0.999)),
    ("applied\nafter s", |one, _| applied(one.half_applied)),
    ("behind,\nnot 2xx", |one, _| {
        format!("{}, {}", one.half.behind, one.half.errors())
    }),
];

/// A table of all; the first is the ceiling.
pub(crate) fn of(all: &[Found]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(COLUMNS.map(|(head, _)| head));
    if let Some(ceiling) = all.first() {
        for one in all {
            table.add_row(COLUMNS.map(|(_, cell)| cell(one, ceiling)));
        }
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Milliseconds.
fn latency(measured: &Measured, quantile: f64) -> String {
    let micros = measured.latency.value_at_quantile(quantile);
    format!(
        "{:.1}",
        Duration::from_micros(micros).as_secs_f64() * 1000.0
    )
}

fn cpu(one: &Found, which: usize) -> String {
    format!("{:.3}", each(one, which))
}

/// CPU seconds of a thousand events.
#[expect(clippy::cast_precision_loss, reason = "no run takes 2^52 deliveries")]
fn each(one: &Found, which: usize) -> f64 {
    one.cpu[which].as_secs_f64() * 1000.0 / one.most.taken as f64
}

fn applied(after: Option<Duration>) -> String {
    after.map_or("-".to_owned(), |after| {
        format!("{:.1}", after.as_secs_f64())
    })
}
