//! Two services on one PostgreSQL: one journals into it, the other into a local file in front of it.

use std::sync::Arc;

use crate::day::Day;
use crate::line::{Fault, Kept, Line};
use crate::support::app::{Database, Setup};
use crate::support::server::Server;

/// The names of their databases.
pub(crate) const DATABASES: [&str; 2] = ["inside", "apart"];

pub(crate) struct Pair {
    pub(crate) inside: Line,
    pub(crate) apart: Line,
}

impl Pair {
    /// Starts both; they reach the server at `port`, which is its own or a proxy's. A third of the day is over then.
    pub(crate) async fn open(server: &Server, port: u16, day: Day) -> Self {
        create_databases(server);
        Self::open_on(server, port, day, 10).await
    }

    /// The same, on databases that are there, with a time-out of so many seconds.
    pub(crate) async fn open_on(server: &Server, port: u16, day: Day, timeout: u32) -> Self {
        let (day, timeout) = (Arc::new(day), timeout.to_string());
        let setup = |name| {
            Setup::new(Database::Sqlite)
                .with("DATABASE_URL", &Server::url(port, name))
                .with("ROLLCALL__DATABASE__TIMEOUT_SECONDS", &timeout)
        };
        let inside = async {
            let app = setup("inside").start().await;
            let journal = Server::url(server.port, "inside");
            Line::open(app, Kept::Inside, journal, Arc::clone(&day)).await
        };
        let apart = async {
            let local = "sqlite://journal.db?mode=rwc";
            let setup = setup("apart").with("ROLLCALL__JOURNAL__URL", local);
            let app = setup.start().await;
            let journal = format!("sqlite://{}", app.folder().join("journal.db").display());
            Line::open(app, Kept::Apart, journal, Arc::clone(&day)).await
        };
        let (inside, apart) = tokio::join!(inside, apart);
        Self { inside, apart }
    }

    /// Both go through the fault.
    pub(crate) async fn during(&mut self, fault: &Fault) {
        tokio::join!(self.inside.during(fault), self.apart.during(fault));
    }

    /// Both are as if nothing had been.
    pub(crate) async fn after(self) {
        tokio::join!(self.inside.after(), self.apart.after());
    }
}

/// Makes the databases of a pair.
pub(crate) fn create_databases(server: &Server) {
    for database in DATABASES {
        server.execute(&format!("CREATE DATABASE {database}"));
    }
}
