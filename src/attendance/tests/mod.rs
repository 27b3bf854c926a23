//! The rules of attendance, one test a rule.
//!
//! A case is a timeline of a few text lines ([`timeline`]), what the school knows ([`given`]) and what a
//! person would work out by hand, as text too. Everything is in UTC on Monday, 5 October 2026, unless a
//! line says otherwise.

mod given;
mod timeline;

mod confirmed;
mod dates;
mod ending;
mod fold;
mod lessons;
mod model;
mod order;
mod people;
mod seal;
mod seat;
mod stays;

/// How properties are tried. `PROPTEST_CASES` asks for more; what ever failed is kept in `proptest-regressions/` and
/// tried first.
fn properties() -> proptest::test_runner::Config {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let config = proptest::test_runner::Config::default();
    let cases = if asked { config.cases } else { 512 };
    proptest::test_runner::Config { cases, ..config }
}
