//! One test per way in which PostgreSQL fails, each with the journal inside it and with a local journal in front of it.

use std::time::Duration;

use crate::day::Day;
use crate::line::{Answers, Fault};
use crate::pair::{DATABASES, Pair, create_databases};
use crate::support::disk::SmallDisk;
use crate::support::proxy::Proxy;
use crate::support::server::{Server, Stop};

/// The database does not answer at all.
const AWAY: Fault = Fault {
    answers: Answers::AllRefused,
    database_away: true,
    journal_fails: true,
    ..Fault::PASSING
};

/// The database answers, and refuses to write.
const REFUSING: Fault = Fault {
    answers: Answers::Some,
    journal_fails: true,
    ..Fault::PASSING
};

fn a_day() -> Day {
    Day::new(6, 10, 31)
}

/// Between the pair and a server of its own.
async fn behind_a_proxy() -> (Server, Proxy, Pair) {
    let server = Server::start();
    let proxy = Proxy::to(server.port).await;
    let pair = Pair::open(&server, proxy.addr.port(), a_day()).await;
    (server, proxy, pair)
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_stopped_and_started_again() {
    let mut server = Server::start();
    let mut pair = Pair::open(&server, server.port, a_day()).await;
    server.stop(Stop::Fast);
    pair.during(&AWAY).await;
    // Who is restarted meanwhile says why it cannot start, and ends.
    for line in [&pair.inside, &pair.apart] {
        let serve = line.app.command(&["serve"]);
        let said = String::from_utf8_lossy(&serve.stderr);
        assert_eq!(serve.status.code(), Some(1), "{said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        assert!(said.contains("unreachable"), "{said}");
    }
    server.start_again();
    pair.after().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_restarted_abruptly() {
    let mut server = Server::start();
    let mut pair = Pair::open(&server, server.port, a_day()).await;
    for database in DATABASES {
        let sessions = server.execute(&sessions("pid", database));
        assert!(sessions > 0, "{database}: connections that end abruptly");
    }
    let restart = tokio::task::spawn_blocking(move || {
        server.stop(Stop::Immediate);
        server.start_again();
        server
    });
    let (_server, ()) = tokio::join!(restart, pair.during(&Fault::PASSING));
    pair.after().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_connections_cut() {
    let (server, proxy, mut pair) = behind_a_proxy().await;
    let opened = proxy.opened();
    let cutting = async {
        for round in 0..3 {
            for database in DATABASES {
                let ended = server.execute(&terminate(database));
                assert!(ended > 0 || round > 0, "{database}: none to end");
            }
            tokio::time::sleep(Duration::from_millis(400)).await;
            proxy.cut();
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    };
    tokio::join!(cutting, pair.during(&Fault::PASSING));
    pair.after().await;
    let anew = proxy.opened() - opened;
    eprintln!("{anew} connections were made anew");
    assert!(anew >= 2, "both had to connect again: {anew}");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_that_does_not_answer() {
    let (_server, proxy, mut pair) = behind_a_proxy().await;
    proxy.stall();
    pair.during(&AWAY).await;
    proxy.flow();
    pair.after().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_that_answers_slowly() {
    const DELAY: Duration = Duration::from_millis(60);
    let (_server, proxy, mut pair) = behind_a_proxy().await;
    proxy.slow_down(DELAY);
    pair.during(&Fault::PASSING).await;
    // A commit goes there and back.
    let slowest = pair.inside.slowest;
    assert!(slowest >= 2 * DELAY, "{slowest:?}");
    proxy.flow();
    pair.after().await;
}

/// As after failovers whose old address is a black hole: nothing ends the old connections, and they never carry anything again. Often enough to use
/// up every pool, if one of them kept its place there.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_connections_gone_silent_for_ever() {
    let server = Server::start();
    create_databases(&server);
    let proxy = Proxy::to(server.port).await;
    let mut pair = Pair::open_on(&server, proxy.addr.port(), a_day(), 1).await;
    let silences = async {
        for _ in 0..8 {
            proxy.silence();
            tokio::time::sleep(Duration::from_millis(1500)).await;
        }
    };
    let fault = Fault {
        lasts: Duration::from_secs(13),
        ..Fault::PASSING
    };
    tokio::join!(silences, pair.during(&fault));
    pair.after().await;
}

/// The sessions opened while it was read-only stay so after it no longer is.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_read_only() {
    let server = Server::start();
    let mut pair = Pair::open(&server, server.port, a_day()).await;
    for database in DATABASES {
        let alter = "ALTER DATABASE";
        server.execute(&format!(
            "{alter} {database} SET default_transaction_read_only = on"
        ));
        server.execute(&terminate(database));
    }
    pair.during(&Fault {
        answers: Answers::AllRefused,
        ..REFUSING
    })
    .await;
    for database in DATABASES {
        server.execute(&format!(
            "ALTER DATABASE {database} RESET default_transaction_read_only"
        ));
    }
    pair.after().await;
}

/// A tablespace on a small file system. Where none may be mounted, triggers fail inserts with the error that PostgreSQL gives then.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_disk_full() {
    let server = Server::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(disk) = SmallDisk::mount(folder.path(), 64) else {
        eprintln!("no file system may be mounted here: disk_full is raised by triggers");
        return Box::pin(disk_full_by_triggers(&server)).await;
    };
    server.give(folder.path());
    let place = folder.path().display();
    server.execute(&format!("CREATE TABLESPACE small LOCATION '{place}'"));
    for database in DATABASES {
        server.execute(&format!("CREATE DATABASE {database} TABLESPACE small"));
    }
    let mut pair = Pair::open_on(&server, server.port, a_day(), 10).await;
    disk.fill();
    pair.during(&REFUSING).await;
    disk.free();
    pair.after().await;
    drop(server);
}

async fn disk_full_by_triggers(server: &Server) {
    const TABLES: [(&str, &str); 5] = [
        ("inside", "webhook_events"),
        ("inside", "meeting_occurrences"),
        ("inside", "zoom_participants"),
        ("apart", "meeting_occurrences"),
        ("apart", "zoom_participants"),
    ];
    let mut pair = Pair::open(server, server.port, a_day()).await;
    for database in DATABASES {
        let function = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
            $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$";
        server.execute_in(database, function);
    }
    for (database, table) in TABLES {
        let trigger = format!(
            "CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION full_disk()"
        );
        server.execute_in(database, &trigger);
    }
    pair.during(&REFUSING).await;
    for database in DATABASES {
        server.execute_in(database, "DROP FUNCTION full_disk CASCADE");
    }
    pair.after().await;
}

fn terminate(database: &str) -> String {
    sessions("pg_terminate_backend(pid)", database)
}

/// Of each session of a database.
fn sessions(what: &str, database: &str) -> String {
    format!("SELECT {what} FROM pg_stat_activity WHERE datname = '{database}'")
}
