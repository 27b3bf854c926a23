//! CSV (RFC 4180, UTF-8, with a header) that a spreadsheet shows and does not run.

use csv::{Terminator, Writer, WriterBuilder};

/// What makes a spreadsheet take a cell for a formula, at the cell's beginning (OWASP, "CSV Injection"): East Asian ones know the full-width
/// forms as well.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Lines of cells; a cell that would be a formula gets an apostrophe in front.
pub(super) fn write<R, C>(rows: R) -> Vec<u8>
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item = String>,
{
    let mut lines = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for row in rows {
        write_row(&mut lines, row);
    }
    lines
        .into_inner()
        .expect("a Vec takes every byte that is written to it")
}

fn write_row(lines: &mut Writer<Vec<u8>>, row: impl IntoIterator<Item = String>) {
    lines
        .write_record(row.into_iter().map(defuse))
        .expect("a Vec takes every byte that is written to it");
}

fn defuse(cell: String) -> String {
    if cell.starts_with(FORMULA) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[&str]) -> String {
        let row = cells.iter().map(ToString::to_string);
        String::from_utf8(write([row])).expect("UTF-8")
    }

    #[test]
    fn formulas_become_text() {
        assert_eq!(
            line(&["=1+1", "+1", "-1", "@x", "\tx", "\rx"]),
            "'=1+1,'+1,'-1,'@x,'\tx,\"'\rx\"\r\n"
        );
        assert_eq!(
            line(&["\nx", "＝1", "＋1", "－1", "＠x"]),
            "\"'\nx\",'＝1,'＋1,'－1,'＠x\r\n"
        );
    }

    #[test]
    fn the_rest_stays_as_it_is() {
        assert_eq!(
            line(&["Ana", "a=b", "O'Neil, \"Pat\"", "", "北京"]),
            "Ana,a=b,\"O'Neil, \"\"Pat\"\"\",,北京\r\n"
        );
    }
}
