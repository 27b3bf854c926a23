//! The journal's two tables. Rows of `webhook_events` are written once and never updated.

/// `webhook_events`.
pub mod webhook_event {
    use sea_orm::entity::prelude::*;

    /// One authentic webhook, as it came.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhook_events")]
    pub struct Model {
        /// Primary key: rising, never reused.
        #[sea_orm(primary_key)]
        pub seq: i64,
        /// Zoom's `event_ts` in Unix milliseconds; 0 = it gave none. Unique together with `body_hash`.
        pub event_ts: i64,
        /// SHA-256 of the raw body, 32 bytes.
        pub body_hash: Vec<u8>,
        /// `zoom::translate::Folds` as a number; 0 = becomes part of no occurrence's state.
        pub folds: i16,
        /// When it arrived, Unix milliseconds.
        pub received_at: i64,
        /// Zoom's `x-zm-request-id`.
        #[sea_orm(column_type = "Text", nullable)]
        pub request_id: Option<String>,
        /// The event's name.
        #[sea_orm(column_type = "Text")]
        pub event: String,
        /// Zoom's number of the meeting.
        #[sea_orm(column_type = "Text", nullable)]
        pub meeting: Option<String>,
        /// Zoom's uuid of the occurrence.
        #[sea_orm(column_type = "Text", nullable)]
        pub occurrence: Option<String>,
        /// The raw bytes.
        pub body: Body,
    }

    /// A raw body: full of personal data. `Debug` prints nothing.
    #[derive(Clone, PartialEq, Eq, DeriveValueType)]
    pub struct Body(pub Vec<u8>);

    impl std::fmt::Debug for Body {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Body(..)")
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// `journal_state`.
pub mod journal_state {
    use sea_orm::entity::prelude::*;

    /// Small facts of the journal itself.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal_state")]
    pub struct Model {
        /// `journal_id`, `probe`.
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        /// As text.
        #[sea_orm(column_type = "Text")]
        pub value: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
