//! When Zoom was last heard of: shown in the metrics, and kept, so that a restart does not look like silence.

use crate::store::{StoreError, connect::Pools, error::within, state};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{runtime::Handle, time::interval};

/// How often it is kept.
const KEEP: Duration = Duration::from_mins(1);

/// The instants; cheap to clone.
#[derive(Clone)]
pub struct Heard(Arc<Inner>);

struct Inner {
    last: [Last; 2],
    pools: Pools,
    /// A call to the store that takes longer has failed.
    patience: Duration,
}

/// When something last came.
#[derive(Default)]
struct Last {
    /// Unix milliseconds; 0 if never.
    at: AtomicI64,
    kept: AtomicI64,
}

/// What came.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// An authentic webhook.
    Event,
    /// Zoom's own question whether the URL is ours.
    Validation,
}

impl What {
    const ALL: [Self; 2] = [Self::Event, Self::Validation];

    fn gauge(self) -> &'static str {
        match self {
            Self::Event => "rollcall_last_event_timestamp_seconds",
            Self::Validation => "rollcall_last_url_validation_timestamp_seconds",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Event => state::LAST_EVENT,
            Self::Validation => state::LAST_URL_VALIDATION,
        }
    }
}

impl Heard {
    /// As kept in `pools`, where it is kept once a minute until `runtime` ends; a call there takes at most `patience`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn start(
        pools: Pools,
        patience: Duration,
        runtime: &Handle,
    ) -> Result<Self, StoreError> {
        let heard = Self(Arc::new(Inner {
            last: Default::default(),
            pools,
            patience,
        }));
        for what in What::ALL {
            let kept = within(patience, state::get(&heard.0.pools.read, what.key())).await?;
            if let Some(at) = kept.and_then(|at| at.parse().ok()) {
                let last = &heard.0.last[what as usize];
                last.kept.store(at, Relaxed);
                last.at.store(at, Relaxed);
            }
        }
        let keeping = heard.clone();
        runtime.spawn(async move {
            let mut ticks = interval(KEEP);
            loop {
                ticks.tick().await;
                keeping.keep().await;
            }
        });
        Ok(heard)
    }

    /// It came, at these Unix milliseconds.
    pub(super) fn hear(&self, what: What, at: i64) {
        self.0.last[what as usize].at.store(at, Relaxed);
    }

    /// Shows it, for who looks at the metrics.
    pub fn show(&self) {
        for what in What::ALL {
            let at = self.0.last[what as usize].at.load(Relaxed);
            let seconds = u32::try_from(at.div_euclid(1000)).unwrap_or(u32::MAX);
            metrics::gauge!(what.gauge()).set(f64::from(seconds));
        }
    }

    /// Keeps what is not kept yet.
    pub async fn keep(&self) {
        if let Err(error) = self.try_keep().await {
            tracing::debug!(%error, "when Zoom was last heard of is not kept yet");
        }
    }

    async fn try_keep(&self) -> Result<(), StoreError> {
        let (pools, patience) = (&self.0.pools, self.0.patience);
        for what in What::ALL {
            let last = &self.0.last[what as usize];
            let at = last.at.load(Relaxed);
            if at != last.kept.load(Relaxed) {
                let text = at.to_string();
                within(patience, state::put(&pools.write, what.key(), &text)).await?;
                last.kept.store(at, Relaxed);
            }
        }
        Ok(())
    }
}
