//! What the connections to the main database take of their pools.

use super::connect::Pools;
use sea_orm::{DatabaseConnection, DbBackend};

/// A pool's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Open.
    pub open: u32,
    /// Of these, nobody's at this moment.
    pub idle: u32,
    /// How many there may be.
    pub limit: u32,
}

impl Pools {
    /// Of each pool by its name.
    pub fn usage(&self) -> [(&'static str, Usage); 2] {
        [
            ("read", usage(self.backend, &self.read)),
            ("write", usage(self.backend, &self.write)),
        ]
    }

    /// Which database it is, in a word.
    pub fn name(&self) -> &'static str {
        match self.backend {
            DbBackend::Postgres => "postgresql",
            _ => "sqlite",
        }
    }
}

fn usage(backend: DbBackend, connection: &DatabaseConnection) -> Usage {
    let (open, idle, limit) = if backend == DbBackend::Postgres {
        let pool = connection.get_postgres_connection_pool();
        let limit = pool.options().get_max_connections();
        (pool.size(), pool.num_idle(), limit)
    } else {
        let pool = connection.get_sqlite_connection_pool();
        let limit = pool.options().get_max_connections();
        (pool.size(), pool.num_idle(), limit)
    };
    Usage {
        open,
        idle: idle.try_into().unwrap_or(u32::MAX),
        limit,
    }
}
