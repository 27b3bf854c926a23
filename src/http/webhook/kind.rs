//! The kinds of events that are counted apart; a closed list, since Zoom keeps thinking of new ones.

/// A kind, as a metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A meeting or webinar started.
    Started,
    /// A meeting or webinar ended.
    Ended,
    /// Somebody joined.
    Joined,
    /// Somebody left.
    Left,
    /// Zoom asks whether the URL is ours.
    UrlValidation,
    /// Anything else.
    Other,
}

impl Kind {
    /// Of an event's name.
    pub(super) fn of(event: &str) -> Self {
        match event {
            "meeting.started" | "webinar.started" => Self::Started,
            "meeting.ended" | "webinar.ended" => Self::Ended,
            "meeting.participant_joined" | "webinar.participant_joined" => Self::Joined,
            "meeting.participant_left" | "webinar.participant_left" => Self::Left,
            _ => Self::Other,
        }
    }

    /// Counts one with this outcome.
    pub(super) fn count(self, outcome: &'static str) {
        let kind = self.label();
        metrics::counter!("rollcall_webhook_events_total", "kind" => kind, "outcome" => outcome)
            .increment(1);
    }

    fn label(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Ended => "ended",
            Self::Joined => "joined",
            Self::Left => "left",
            Self::UrlValidation => "url_validation",
            Self::Other => "other",
        }
    }
}
