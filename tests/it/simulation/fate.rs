//! What befalls a process while it works: at a step of its way (the trace events of the target `huiying::step`; each
//! statement of a transaction is one) it dies, or each statement takes seconds.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, LazyLock};

use futures::FutureExt;
use huiying::domain::instant::Span;
use tracing::Dispatch;
use tracing_subscriber::layer::{Context, SubscriberExt};

use super::time::Hands;

/// What befalls one piece of work.
#[derive(Clone, Debug)]
pub enum Fate {
    /// Nothing.
    Spared,
    /// The process dies at its n-th step; if there are fewer, it lives.
    Dies(u32),
    /// Each statement takes so long.
    Slow(Arc<Hands>, Span),
}

thread_local! {
    static FATE: RefCell<Fate> = const { RefCell::new(Fate::Spared) };
}

/// What unwinds a process that dies; no panic hook hears of it.
struct Killed;

/// Two, and for good: where there is just one dispatcher, a step that another test's thread comes by first is asked of that
/// thread's own, which is none, and is told to nobody from then on.
static DISPATCH: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [(); 2].map(|()| Dispatch::new(tracing_subscriber::registry().with(Steps))));

/// Watches the steps of this thread for as long as the guard lives.
pub fn watch() -> tracing::dispatcher::DefaultGuard {
    tracing::dispatcher::set_default(&DISPATCH[0])
}

struct Steps;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Steps {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "huiying::step"
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let dies = FATE.with_borrow_mut(|fate| match fate {
            Fate::Spared => false,
            Fate::Dies(left) => {
                *left = left.saturating_sub(1);
                *left == 0
            }
            Fate::Slow(hands, each) => {
                if said(event) == "statement" {
                    hands.pass(*each);
                }
                false
            }
        });
        if dies {
            FATE.set(Fate::Spared);
            resume_unwind(Box::new(Killed));
        }
    }
}

/// Does a piece of work under a fate; `None` if the process died in it. Whatever it held is dropped where it stood: a
/// transaction that was not committed is none.
pub async fn under<T>(fate: Fate, work: impl Future<Output = T>) -> Option<T> {
    FATE.set(fate);
    let done = AssertUnwindSafe(work).catch_unwind().await;
    FATE.set(Fate::Spared);
    done.map_or_else(|why: Box<dyn Any + Send>| if why.is::<Killed>() { None } else { resume_unwind(why) }, Some)
}

fn said(event: &tracing::Event<'_>) -> String {
    struct Said(String);
    impl tracing::field::Visit for Said {
        fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
            if field.name() == "message" {
                self.0 = format!("{value:?}");
            }
        }
    }
    let mut said = Said(String::new());
    event.record(&mut said);
    said.0
}
