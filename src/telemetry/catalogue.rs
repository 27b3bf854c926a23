//! Every metric of Rollcall: its name, what it says, and the series that are there before anything happened, so that a rule
//! about them never waits for the first event. Names follow Prometheus' conventions: base units, `_total` for what only grows.

use super::metric::{
    Kind::{Counter, Gauge, Histogram},
    Metric, metric,
};

/// All of them.
pub const METRICS: &[Metric] = &[
    metric(
        "rollcall_build_info",
        Gauge,
        "1; the labels say what runs",
        &[("version", &[]), ("database", &[])],
    ),
    metric(
        "rollcall_ready",
        Gauge,
        "1 if this process takes webhooks, else 0",
        &[],
    ),
    metric(
        "rollcall_database_reachable",
        Gauge,
        "1 if the main database answers, else 0",
        &[],
    ),
    metric(
        "rollcall_disk_free_bytes",
        Gauge,
        "What this process may still write, by what lies on the volume: a SQLite file, or the working directory",
        &[("volume", &[])],
    ),
    metric(
        "rollcall_disk_size_bytes",
        Gauge,
        "The volume's size",
        &[("volume", &[])],
    ),
    metric(
        "rollcall_http_requests_total",
        Counter,
        "Requests answered, by route and status",
        &[
            ("route", &["/api/zoom/webhook"]),
            ("status", &["200", "401", "503"]),
        ],
    ),
    metric(
        "rollcall_http_request_duration_seconds",
        Histogram,
        "How long an answer took, by route",
        &[("route", &["/api/zoom/webhook"])],
    ),
    metric(
        "rollcall_http_connections",
        Gauge,
        "Open connections, by listener",
        &[("listener", &["public", "admin"])],
    ),
    metric(
        "rollcall_http_connections_closed_total",
        Counter,
        "Connections closed because they were slow, or the slowest of too many, by reason",
        &[("reason", &["slow", "crowded"])],
    ),
    metric("rollcall_live_watchers", Gauge, "Open live pages", &[]),
    metric(
        "rollcall_live_looks_total",
        Counter,
        "How often a live page's text was made, for all who watch it",
        &[],
    ),
    metric(
        "rollcall_webhook_events_total",
        Counter,
        "Authentic webhooks, by kind and outcome",
        &[
            ("kind", &["started", "ended", "joined", "left", "other"]),
            (
                "outcome",
                &["new", "duplicate", "not_understood", "unavailable"],
            ),
        ],
    ),
    metric(
        "rollcall_signature_refused_total",
        Counter,
        "Webhooks refused for their signature, by reason",
        &[("reason", &["missing", "malformed", "wrong"])],
    ),
    metric(
        "rollcall_token_refused_total",
        Counter,
        "Tokens refused at the operators' listener, by reason: wrong, or paused after too many",
        &[("reason", &["wrong", "paused"])],
    ),
    metric(
        "rollcall_refusal_burst_requests",
        Gauge,
        "Requests refused in the burst that goes on, by kind; 0 after a minute without any",
        &[("kind", &["bad_signature", "clock_skew", "bad_token"])],
    ),
    metric(
        "rollcall_clock_skew_total",
        Counter,
        "Webhooks refused for a right signature with a wrong time",
        &[],
    ),
    metric(
        "rollcall_last_event_timestamp_seconds",
        Gauge,
        "When the last authentic webhook came, Unix time; 0 if never",
        &[],
    ),
    metric(
        "rollcall_last_url_validation_timestamp_seconds",
        Gauge,
        "When Zoom last validated the URL, Unix time, 0 if never; it does every 72 hours",
        &[],
    ),
    metric(
        "rollcall_journal_ready",
        Gauge,
        "1 if the journal takes events, else 0",
        &[],
    ),
    metric(
        "rollcall_journal_appends_total",
        Counter,
        "Events handed to the journal, by outcome",
        &[(
            "outcome",
            &[
                "new",
                "duplicate",
                "full",
                "failing",
                "draining",
                "not_owner",
                "timed_out",
            ],
        )],
    ),
    metric(
        "rollcall_journal_commit_seconds",
        Histogram,
        "How long a commit of the journal took",
        &[],
    ),
    metric(
        "rollcall_journal_batch_events",
        Histogram,
        "Events a commit of the journal",
        &[],
    ),
    metric(
        "rollcall_journal_queue_depth",
        Gauge,
        "Events that wait for a commit",
        &[],
    ),
    metric(
        "rollcall_journal_queue_limit",
        Gauge,
        "How many may wait: journal.queue",
        &[],
    ),
    metric(
        "rollcall_journal_purged_total",
        Counter,
        "Events deleted after their retention",
        &[],
    ),
    metric(
        "rollcall_actors_live",
        Gauge,
        "Occurrences that have an actor",
        &[],
    ),
    metric(
        "rollcall_actors_limit",
        Gauge,
        "How many may have one: actor.max_live",
        &[],
    ),
    metric(
        "rollcall_actors",
        Gauge,
        "Actors, by state",
        &[(
            "state",
            &["idle", "waiting", "working", "resting", "given_up", "hung"],
        )],
    ),
    metric(
        "rollcall_actor_mailbox_depth",
        Histogram,
        "Messages that wait in a mailbox: at each look at the metrics, one observation an actor",
        &[],
    ),
    metric(
        "rollcall_actor_mailbox_limit",
        Gauge,
        "How many may wait: actor.mailbox; beyond it the actor reads the journal instead",
        &[],
    ),
    metric(
        "rollcall_actors_started_total",
        Counter,
        "Actors started",
        &[],
    ),
    metric(
        "rollcall_actors_restarted_total",
        Counter,
        "Actors started in the place of one that panicked or hung",
        &[],
    ),
    metric(
        "rollcall_actors_given_up_total",
        Counter,
        "Actors that panicked too often in a row and rest for minutes",
        &[],
    ),
    metric(
        "rollcall_actors_refused_total",
        Counter,
        "Times an actor was not started because too many live, or the service stops",
        &[],
    ),
    metric(
        "rollcall_actors_passivated_total",
        Counter,
        "Actors that left because nothing happened any more",
        &[],
    ),
    metric(
        "rollcall_actor_threads_replaced_total",
        Counter,
        "Threads of actors replaced because an actor held one too long",
        &[],
    ),
    metric(
        "rollcall_load_duration_seconds",
        Histogram,
        "How long it took to load a batch of occurrences from the store and the journal",
        &[],
    ),
    metric(
        "rollcall_load_failures_total",
        Counter,
        "Loads that failed; the actors try again",
        &[],
    ),
    metric(
        "rollcall_flush_duration_seconds",
        Histogram,
        "How long a transaction of the projections took",
        &[],
    ),
    metric(
        "rollcall_flush_failures_total",
        Counter,
        "Transactions of the projections that failed; the actors try again",
        &[],
    ),
    metric(
        "rollcall_flush_queue_depth",
        Gauge,
        "Occurrences that wait for a transaction of the projections",
        &[],
    ),
    metric(
        "rollcall_projection_lag_seconds",
        Gauge,
        "Age of the oldest event that should be in the projections and is not, or how long nobody could look; about 1 when all is well",
        &[],
    ),
    metric(
        "rollcall_attendance_finalized_total",
        Counter,
        "Occurrences whose attendance was committed after their end",
        &[],
    ),
    metric(
        "rollcall_occurrences_sealed_total",
        Counter,
        "Occurrences kept without their events, after the retention",
        &[],
    ),
    metric(
        "rollcall_events_dead_total",
        Counter,
        "Events set aside because they could not be applied, by reason",
        &[("reason", &["read", "fold", "report", "sealed"])],
    ),
    metric(
        "rollcall_dead_events",
        Gauge,
        "Events that are set aside now, by reason",
        &[("reason", &["read", "fold", "report", "sealed"])],
    ),
    metric(
        "rollcall_store_connections",
        Gauge,
        "Connections to the main database, by pool and state",
        &[("pool", &["read", "write"]), ("state", &["busy", "idle"])],
    ),
    metric(
        "rollcall_store_connections_limit",
        Gauge,
        "How many there may be, by pool",
        &[("pool", &["read", "write"])],
    ),
    metric(
        "rollcall_trace_exports_total",
        Counter,
        "Batches of spans for the collector of traces, where there is one, by outcome; what it did not take is dropped",
        &[("outcome", &["sent", "failed"])],
    ),
];

/// Tells the recorder what the metrics mean, and begins every series that is known beforehand at zero.
pub(super) fn begin() {
    for metric in METRICS {
        metric.describe();
        for labels in metric.series() {
            metric.begin(labels);
        }
    }
}
