//! The tables, one file each. The seed's seven may be older than Rollcall and have more columns than these.

pub mod access_session;
pub mod access_token;
pub mod attendance_record;
pub mod audit_event;
pub mod class;
pub mod class_student;
pub mod confirmed_match;
pub mod dead_event;
pub mod manual_mark;
pub mod meeting_occurrence;
pub mod meeting_registrant;
pub mod occurrence_seal;
pub mod participant_stay;
pub mod security_event;
pub mod state;
pub mod user;
pub mod zoom_meeting;
pub mod zoom_participant;
