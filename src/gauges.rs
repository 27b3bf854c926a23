//! Gauges that nobody sets when something happens: they are read when somebody looks at the metrics, from memory and the
//! operating system. No table is read.

use crate::{
    config::Config,
    journal::Journal,
    meeting::{Registry, State},
    store::connect::{Pools, sqlite_file},
};
use metrics::gauge;
use metrics_process::Collector;
use std::path::PathBuf;

/// What there is to be read.
pub(crate) struct Gauges {
    registry: Registry,
    journal: Journal,
    pools: Pools,
    /// What lies where.
    volumes: Vec<(&'static str, PathBuf)>,
    process: Collector,
}

impl Gauges {
    /// Of a service that runs with this configuration.
    pub(crate) fn new(config: &Config, registry: Registry, journal: Journal, pools: Pools) -> Self {
        let process = Collector::default();
        process.describe();
        gauge!("rollcall_build_info", "version" => env!("CARGO_PKG_VERSION"), "database" => pools.name())
            .set(1.0);
        gauge!("rollcall_journal_queue_limit").set(count(config.journal.queue));
        gauge!("rollcall_actors_limit").set(count(config.actor.max_live));
        gauge!("rollcall_actor_mailbox_limit").set(count(config.actor.mailbox));
        let journal_url = config.journal_url();
        let files = [
            ("database", &config.database.url),
            ("journal", &journal_url),
        ];
        let folder = |(what, url)| Some((what, sqlite_file(url)?.parent()?.to_owned()));
        let mut volumes: Vec<_> = files.into_iter().filter_map(folder).collect();
        if volumes.is_empty() {
            volumes.push(("working", PathBuf::from(".")));
        }
        Self {
            registry,
            journal,
            pools,
            volumes,
            process,
        }
    }

    /// Reads all of them.
    pub(crate) fn measure(&self) {
        self.actors();
        let health = self.journal.health();
        gauge!("rollcall_journal_queue_depth").set(count(health.queued));
        gauge!("rollcall_flush_queue_depth").set(count(self.registry.unwritten()));
        // A process that waits for the journal has nothing to apply.
        let lag = if health.owner {
            self.registry.lag().as_secs_f64()
        } else {
            0.0
        };
        gauge!("rollcall_projection_lag_seconds").set(lag);
        self.connections();
        self.disks();
        self.process.collect();
    }

    fn actors(&self) {
        let depths = metrics::histogram!("rollcall_actor_mailbox_depth");
        let mut counts = [0; State::ALL.len()];
        self.registry.survey(|state, queued| {
            counts[state as usize] += 1;
            depths.record(count(queued));
        });
        for (state, actors) in State::ALL.into_iter().zip(counts) {
            gauge!("rollcall_actors", "state" => state.label()).set(count(actors));
        }
    }

    fn connections(&self) {
        for (pool, usage) in self.pools.usage() {
            let set = |state: &'static str, connections: u32| {
                gauge!("rollcall_store_connections", "pool" => pool, "state" => state)
                    .set(connections);
            };
            set("busy", usage.open.saturating_sub(usage.idle));
            set("idle", usage.idle);
            gauge!("rollcall_store_connections_limit", "pool" => pool).set(usage.limit);
        }
    }

    fn disks(&self) {
        for (volume, folder) in &self.volumes {
            // A folder that cannot be asked leaves its last figure; the database that lies there says more.
            if let Ok(disk) = rustix::fs::statvfs(folder) {
                let bytes = |blocks: u64| count(blocks.saturating_mul(disk.f_frsize));
                gauge!("rollcall_disk_free_bytes", "volume" => *volume).set(bytes(disk.f_bavail));
                gauge!("rollcall_disk_size_bytes", "volume" => *volume).set(bytes(disk.f_blocks));
            }
        }
    }
}

/// For a metric.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 nobody counts")]
fn count(things: impl TryInto<u64>) -> f64 {
    things.try_into().unwrap_or(u64::MAX) as f64
}
