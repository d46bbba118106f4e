//! Answers kept for a few seconds: many pages ask for the same picture at the same time, and it is counted once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::problem::Problem;
use crate::time::Stopwatch;

/// How long an answer is given again.
const KEPT_FOR: Duration = Duration::from_secs(5);
/// Different questions that are remembered; beyond it all are forgotten.
const REMEMBERED_MAX: usize = 500;

/// The place of one answer; whoever comes while it is worked out waits for it.
type Place<T> = Arc<tokio::sync::Mutex<Option<(Stopwatch, Arc<T>)>>>;

/// Answers by question.
#[derive(Debug)]
pub struct Brief<T> {
    places: Mutex<HashMap<String, Place<T>>>,
}

impl<T> Default for Brief<T> {
    fn default() -> Self {
        Self { places: Mutex::default() }
    }
}

impl<T> Brief<T> {
    /// The answer to `question`, which names also who may see it; worked out by `answer` unless it is still fresh.
    pub async fn get(
        &self,
        question: String,
        answer: impl Future<Output = Result<T, Problem>>,
    ) -> Result<Arc<T>, Problem> {
        let place = {
            let mut places = self.places.lock();
            if places.len() >= REMEMBERED_MAX {
                places.clear();
            }
            Arc::clone(places.entry(question).or_default())
        };
        let mut kept = place.lock().await;
        if let Some((since, answer)) = kept.as_ref().filter(|(since, _)| since.elapsed() < KEPT_FOR) {
            let _ = since;
            return Ok(Arc::clone(answer));
        }
        let asked = Stopwatch::start();
        let answer = Arc::new(answer.await?);
        *kept = Some((asked, Arc::clone(&answer)));
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn one_question_is_answered_once_and_another_by_itself() {
        let brief = Brief::<u32>::default();
        let asked = AtomicU32::new(0);
        let count = async || Ok(asked.fetch_add(1, Ordering::Relaxed));
        for _ in 0..3 {
            assert_eq!(*brief.get("all".to_owned(), count()).await.unwrap(), 0);
        }
        assert_eq!(*brief.get("body/ecology".to_owned(), count()).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn what_failed_is_asked_again() {
        let brief = Brief::<u32>::default();
        let failed = brief.get("all".to_owned(), async { Err(Problem::unavailable("忙")) }).await;
        assert!(failed.is_err());
        assert_eq!(*brief.get("all".to_owned(), async { Ok(7) }).await.unwrap(), 7);
    }
}
