//! Fault points: where the tests of supervision make the real binary fail.
//!
//! A test plans faults in the environment: `FAILPOINTS="load:UUID=1*panic;hang:UUID=1*sleep(60000)"`. They exist only in builds
//! with the feature `failpoints` of `fail`, which is the tests' own dependency; everywhere else a point is no code at all.

/// Reads the plan, for as long as what it returns lives.
pub(crate) fn plan() -> fail::FailScenario<'static> {
    fail::FailScenario::setup()
}

/// Fails as planned for this `name` and `key`; `return(text)` panics where the text `applies`.
pub(crate) fn point(name: &str, key: &str, applies: impl Fn(&str) -> bool) {
    let _ = (name, key, &applies); // without the feature nobody looks at them
    fail::fail_point!(&format!("{name}:{key}"), |text: Option<String>| {
        assert!(!applies(&text.unwrap_or_default()), "planned by a test");
    });
}
