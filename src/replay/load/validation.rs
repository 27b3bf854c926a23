//! Zoom's URL validation: a question that only the holder of the secret can answer.

use serde_json::{Value, json};

use super::connection::{Answer, Connection, Failure};
use super::request::Form;
use super::target::Target;
use crate::zoom::signature::{KeyIndex, SigningKeys};

/// Why there is no point in sending anything.
#[derive(Debug, thiserror::Error)]
pub enum ValidationError {
    /// Nobody listens, or the connection broke.
    #[error("the target cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer within Zoom's patience.
    #[error("the target does not answer within 3 s")]
    Silent,
    /// Every delivery would be answered so, and Zoom would send none again.
    #[error(
        "the target refuses Zoom's URL validation with {0}: is the URL the webhook's, and the secret the target's?"
    )]
    Refused(u16),
}

/// Asks. Whether the answer is right.
pub(super) async fn ask(
    target: &Target,
    form: &Form,
    keys: &SigningKeys,
    now_ms: i64,
) -> Result<bool, ValidationError> {
    let token = uuid::Uuid::new_v4().simple().to_string();
    let question = json!({
        "payload": { "plainToken": token },
        "event_ts": now_ms,
        "event": "endpoint.url_validation",
    })
    .to_string();
    let answer = exchange(target, form, &question);
    let answer = tokio::time::timeout(super::PATIENCE, answer).await;
    let answer = answer.map_err(|_| ValidationError::Silent)?;
    let answer = answer.map_err(|error| ValidationError::Unreachable(error.into()))?;
    match answer.status {
        300..=499 => Err(ValidationError::Refused(answer.status)),
        status => Ok(status == 200 && right(&answer.body, keys, &token)),
    }
}

async fn exchange(target: &Target, form: &Form, question: &str) -> Result<Answer, Failure> {
    let mut connection = Connection::open(target).await?;
    let request_id = uuid::Uuid::new_v4().to_string().replace('-', "_");
    let request = form.request(question, &request_id);
    connection.exchange(request).await
}

fn right(body: &[u8], keys: &SigningKeys, token: &str) -> bool {
    let expected = json!({
        "plainToken": token,
        "encryptedToken": keys.answer(KeyIndex::FIRST, token),
    });
    serde_json::from_slice::<Value>(body).is_ok_and(|found| found == expected)
}
