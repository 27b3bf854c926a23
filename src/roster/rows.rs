//! CSV (RFC 4180) as raw rows, each with the line on which it begins.
//!
//! Broken quoting is reported, not mended: a reader that accepts a quote which is never closed, or
//! text behind a closing quote, silently swallows the rows in between, and with them pupils. Line
//! ends are `\n`, `\r\n` or `\r`; empty lines are no rows but count. It knows no header, no encoding.

use std::borrow::Cow;

/// One row.
pub(super) struct Row<'a> {
    /// The line on which it begins; the file's first is 1.
    pub(super) line: u64,
    /// Its fields without their quotes; at least one.
    pub(super) fields: Vec<Cow<'a, [u8]>>,
    /// What is wrong with its quoting.
    pub(super) fault: Option<Fault>,
}

/// How quoting can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The file ends within quotes.
    Unclosed,
    /// A closing quote is followed by something other than a comma or the line's end.
    TextAfterQuote,
}

/// The rows of a file.
pub(super) struct Rows<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
    fault: Option<Fault>,
}

impl<'a> Rows<'a> {
    /// The rows of `bytes`, which begin behind a byte order mark if there was one.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            line: 1,
            fault: None,
        }
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// Moves on by `len` bytes, counting the lines that end within them.
    fn take(&mut self, len: usize) -> &'a [u8] {
        let rest = self.rest();
        let ends = (0..len).filter(|&i| match rest[i] {
            b'\n' => true,
            b'\r' => rest.get(i + 1) != Some(&b'\n'),
            _ => false,
        });
        self.line += ends.count() as u64;
        self.at += len;
        &rest[..len]
    }

    fn field(&mut self) -> Cow<'a, [u8]> {
        if self.peek() == Some(b'"') {
            self.quoted()
        } else {
            Cow::Borrowed(self.plain())
        }
    }

    /// Up to the next comma or line end.
    fn plain(&mut self) -> &'a [u8] {
        let is_end = |byte: &u8| matches!(byte, b',' | b'\n' | b'\r');
        let rest = self.rest();
        self.take(rest.iter().position(is_end).unwrap_or(rest.len()))
    }

    fn quoted(&mut self) -> Cow<'a, [u8]> {
        self.take(1);
        let mut value = Cow::Borrowed(self.until_quote());
        while self.peek() == Some(b'"') {
            value.to_mut().push(b'"');
            self.take(1);
            let more = self.until_quote();
            value.to_mut().extend_from_slice(more);
        }
        let behind = self.plain();
        if !behind.is_empty() {
            self.fault.get_or_insert(Fault::TextAfterQuote);
            value.to_mut().extend_from_slice(behind);
        }
        value
    }

    /// Up to the next quote, which is passed.
    fn until_quote(&mut self) -> &'a [u8] {
        let rest = self.rest();
        if let Some(len) = rest.iter().position(|&byte| byte == b'"') {
            let value = self.take(len);
            self.take(1);
            value
        } else {
            self.fault = Some(Fault::Unclosed);
            self.take(rest.len())
        }
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        let rest = self.rest();
        let is_text = |byte: &u8| !matches!(byte, b'\n' | b'\r');
        self.take(rest.iter().position(is_text)?);
        let line = self.line;
        let mut fields = vec![self.field()];
        while self.peek() == Some(b',') {
            self.take(1);
            fields.push(self.field());
        }
        Some(Row {
            line,
            fields,
            fault: self.fault.take(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Rows};
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(u64, Vec<String>, Option<Fault>)> {
        let text_of = |field: &[u8]| String::from_utf8(field.to_vec()).expect("text in, text out");
        Rows::new(text.as_bytes())
            .map(|row| {
                let fields = row.fields.iter().map(|field| text_of(field)).collect();
                (row.line, fields, row.fault)
            })
            .collect()
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>, Option<Fault>) {
        (line, fields.iter().map(ToString::to_string).collect(), None)
    }

    #[test]
    fn every_line_end_counts_once() {
        let expected = [row(1, &["a", "b"]), row(2, &["c", ""]), row(5, &["d"])];
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "c,", "", "", "d"].join(end);
            assert_eq!(read(&text), expected);
            assert_eq!(read(&(text + end)), expected);
        }
    }

    #[test]
    fn a_row_stands_where_it_begins() {
        let text = "\"a\r\nb\n\nc\",\"say \"\"hi\"\"\"\r\nd,e \"f\" g\n";
        let expected = [
            row(1, &["a\r\nb\n\nc", "say \"hi\""]),
            row(5, &["d", "e \"f\" g"]),
        ];
        assert_eq!(read(text), expected);
    }

    #[test]
    fn broken_quoting_is_named_where_its_row_begins() {
        let unclosed = read("a,b\nc,\"d\ne,f\n");
        assert_eq!(unclosed.len(), 2);
        assert_eq!((unclosed[1].0, unclosed[1].2), (2, Some(Fault::Unclosed)));

        let swallowing = read("a,\"b\nc,\"d\"\ne,f\n");
        assert_eq!(swallowing[0].2, Some(Fault::TextAfterQuote));
        assert_eq!((swallowing[0].0, swallowing[1].0), (1, 3));
    }

    proptest! {
        #[test]
        fn what_another_writer_writes_is_read_back(
            rows in prop::collection::vec(prop::collection::vec("[a-c\",\r\n é]{0,6}", 2..4), 0..6),
        ) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).expect("memory takes it");
            }
            let text = String::from_utf8(writer.into_inner().expect("memory takes it")).expect("text");
            let read: Vec<_> = read(&text).into_iter().map(|(_, fields, fault)| (fields, fault)).collect();
            let expected: Vec<_> = rows.into_iter().map(|row| (row, None)).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
