//! Asks the service until all is right or nothing changes any more.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use super::expected::{Answer, Expected};
use super::{Found, Progress};
use crate::replay::api::{Api, Error, Record};
use crate::replay::oracle::Key;

/// So many questions at a time.
const AT_ONCE: usize = 4;
/// Between two rounds of questions.
const PAUSE: Duration = Duration::from_millis(200);

/// The service's last answer, and how long it took to get there.
pub(super) async fn settle(
    api: &Api,
    expected: &Expected,
    patience: Duration,
    mut seen: impl FnMut(Progress),
) -> Result<(Answer, Duration), Error> {
    let begun = Instant::now();
    let mut changed = begun;
    let mut answer = Answer::new();
    loop {
        // Right classes are not asked again until all are right, then once more: what was right may have been so too early.
        let mut open = wrong(expected, &answer);
        let is_round_of_all = open.is_empty() || answer.is_empty();
        if is_round_of_all {
            open = expected.classes.keys().map(String::as_str).collect();
        }
        let heard = ask(api, expected, &open).await;
        let failure = match heard {
            Ok(heard) => {
                if merge(&mut answer, heard) {
                    changed = Instant::now();
                }
                None
            }
            Err(error @ Error::Refused(_)) => return Err(error),
            Err(error) => Some(error),
        };
        seen(progress(expected, &answer));
        if failure.is_none() && is_round_of_all && wrong(expected, &answer).is_empty() {
            return Ok((answer, changed.duration_since(begun)));
        }
        if changed.elapsed() >= patience {
            if let Some(error) = failure {
                return Err(error);
            }
            let all: Vec<&str> = expected.classes.keys().map(String::as_str).collect();
            merge(&mut answer, ask(api, expected, &all).await?);
            return Ok((answer, changed.duration_since(begun)));
        }
        sleep(PAUSE).await;
    }
}

/// The marks of these classes.
async fn ask(api: &Api, expected: &Expected, classes: &[&str]) -> Result<Answer, Error> {
    let Some((first, last)) = expected.dates else {
        return Ok(Answer::new());
    };
    let questions = classes.iter().map(|&class| async move {
        let records = api.attendance(class, first, last).await?;
        Ok((class.to_owned(), marks(class, records)))
    });
    let mut answers = stream::iter(questions).buffer_unordered(AT_ONCE);
    let mut all = Answer::new();
    while let Some(answer) = answers.next().await {
        let (class, marks) = answer?;
        all.insert(class, marks);
    }
    Ok(all)
}

fn marks(class: &str, records: Vec<Record>) -> BTreeMap<Key, Found> {
    let mark = |record: Record| {
        let key = Key {
            class: class.to_owned(),
            date: record.date,
            student: record.student,
        };
        let found = Found {
            status: record.status,
            seconds: record.seconds,
        };
        (key, found)
    };
    records.into_iter().map(mark).collect()
}

/// Whether that changed anything.
fn merge(answer: &mut Answer, heard: Answer) -> bool {
    let mut is_new = false;
    for (class, marks) in heard {
        is_new |= answer.get(&class) != Some(&marks);
        answer.insert(class, marks);
    }
    is_new
}

/// The classes of which something is not right yet.
fn wrong<'a>(expected: &'a Expected, answer: &Answer) -> Vec<&'a str> {
    let classes = expected.classes.keys().map(String::as_str);
    classes
        .filter(|class| !expected.judge_class(class, answer).wrong.is_empty())
        .collect()
}

fn progress(expected: &Expected, answer: &Answer) -> Progress {
    let judged = expected.judge(answer);
    Progress {
        right: judged.right,
        of: judged.right + judged.wrong.len() as u64,
    }
}
