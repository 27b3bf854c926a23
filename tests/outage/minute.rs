//! PostgreSQL away for a minute while a school day goes on.

use std::time::Duration;

use crate::day::Day;
use crate::line::{Answers, Fault};
use crate::pair::Pair;
use crate::support::server::{Server, Stop};

/// `ROLLCALL_TEST_OUTAGE_SECONDS` makes it shorter or longer.
const MINUTE: u64 = 60;

/// Events come until it is back. With a local journal every event is taken, and all are in the marks soon after; with the journal inside all are refused, and are in after Zoom's
/// retries.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_away_for_a_minute_under_load() {
    let seconds = std::env::var("ROLLCALL_TEST_OUTAGE_SECONDS");
    let seconds = seconds.map_or(MINUTE, |text| text.parse().expect("seconds"));
    let mut server = Server::start();
    let mut pair = Pair::open(&server, server.port, Day::new(20, 20, 32)).await;
    server.stop(Stop::Fast);
    pair.during(&Fault {
        answers: Answers::AllRefused,
        database_away: true,
        journal_fails: true,
        events: 100,
        lasts: Duration::from_secs(seconds),
    })
    .await;
    server.start_again();
    pair.after().await;
}
