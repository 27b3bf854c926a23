//! Rollcall schema.
