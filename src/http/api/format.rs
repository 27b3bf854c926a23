//! JSON or CSV.

use super::query::Parameters;
use crate::http::problem::Problem;
use actix_web::{
    HttpRequest,
    http::header::{ACCEPT, HeaderMap},
};

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `application/json`.
    Json,
    /// `text/csv`.
    Csv,
}

impl Format {
    /// What `?format=` says, else what `Accept` prefers, else JSON.
    pub(super) fn of(request: &HttpRequest, parameters: &Parameters) -> Result<Self, Problem> {
        Ok(
            match parameters.word("format", &["json", "csv"])?.as_deref() {
                Some("csv") => Self::Csv,
                Some(_) => Self::Json,
                None => Self::accepted(request.headers()),
            },
        )
    }

    /// CSV only where it is named, and JSON is not named before it or with more weight (RFC 9110, 12.5.1).
    fn accepted(headers: &HeaderMap) -> Self {
        let accept = headers
            .get_all(ACCEPT)
            .filter_map(|value| value.to_str().ok());
        let mut best = (0, Self::Json);
        for range in accept.flat_map(|value| value.split(',')) {
            let (name, weight) = weigh(range);
            let format = match name.as_str() {
                "text/csv" => Self::Csv,
                "application/json" => Self::Json,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, format);
            }
        }
        best.1
    }
}

/// A media range's name in lower case, and its weight in thousandths.
fn weigh(range: &str) -> (String, u16) {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let weight = parts
        .find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")))
        .map_or(1000, thousandths);
    (name, weight)
}

/// `1`, `0.5`, `0.125`; what is no weight weighs nothing.
fn thousandths(weight: &str) -> u16 {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let part = format!("{part:0<3}");
    match (whole, part.parse::<u16>()) {
        ("1", Ok(0)) => 1000,
        ("0", Ok(part)) if part < 1000 => part,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn accepted(accept: &'static str) -> Format {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        Format::accepted(&headers)
    }

    #[test]
    fn json_unless_csv_is_named() {
        assert_eq!(Format::accepted(&HeaderMap::new()), Format::Json);
        for json in [
            "*/*",
            "text/*",
            "text/html,*/*;q=0.8",
            "application/json, text/csv",
            "text/csv;q=0.5, application/json",
            "text/csv;q=0",
            "text/csv;q=x",
        ] {
            assert_eq!(accepted(json), Format::Json, "{json}");
        }
    }

    #[test]
    fn csv_where_it_is_preferred() {
        for csv in [
            "text/csv",
            "Text/CSV; charset=utf-8",
            "text/csv, application/json",
            "application/json;q=0.9, text/csv",
            "text/csv;q=0.1, */*",
        ] {
            assert_eq!(accepted(csv), Format::Csv, "{csv}");
        }
    }
}
