//! The parameters of a request: known ones, each at most once, or an error that names the one at fault.

use crate::http::problem::Problem;
use actix_web::{HttpRequest, web::Query};
use jiff::civil::Date;
use std::{collections::BTreeMap, str::FromStr};

/// What every list takes.
const LIST: [&str; 3] = ["cursor", "limit", "format"];

/// The parameters given. An empty value is none.
#[derive(Debug)]
pub(in crate::http) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Of a request that may give those in `known`.
    pub(in crate::http) fn of(request: &HttpRequest, known: &[&str]) -> Result<Self, Problem> {
        let pairs = Query::<Vec<(String, String)>>::from_query(request.query_string());
        let Ok(pairs) = pairs else {
            return Err(Problem::parameter("query", "the query cannot be read"));
        };
        let mut given = BTreeMap::new();
        for (name, value) in pairs.into_inner() {
            if !known.contains(&name.as_str()) {
                return Err(Problem::parameter(&name, "there is no such parameter"));
            }
            if given.contains_key(&name) {
                return Err(Problem::parameter(&name, "given more than once"));
            }
            if value.contains('\0') {
                return Err(Problem::parameter(&name, "holds U+0000"));
            }
            given.insert(name, value);
        }
        given.retain(|_, value| !value.is_empty());
        Ok(Self(given))
    }

    /// Of a request for a list, which may give those in [`LIST`] too.
    pub(super) fn of_list(request: &HttpRequest, known: &[&str]) -> Result<Self, Problem> {
        Self::of(request, &[&LIST, known].concat())
    }

    /// As given.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// One of a few words.
    pub(super) fn word(&self, name: &str, words: &[&str]) -> Result<Option<String>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        if !words.contains(&text) {
            let detail = format!("one of {}", words.join(", "));
            return Err(Problem::parameter(name, detail));
        }
        Ok(Some(text.to_owned()))
    }

    /// `YYYY-MM-DD` and nothing else.
    pub(in crate::http) fn date(&self, name: &str) -> Result<Option<Date>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        match Date::from_str(text) {
            Ok(date) if plain => Ok(Some(date)),
            _ => Err(Problem::parameter(name, "a date as YYYY-MM-DD")),
        }
    }

    /// A number within bounds.
    pub(super) fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => {
                let detail = format!("a number from {least} to {most}");
                Err(Problem::parameter(name, detail))
            }
        }
    }
}
