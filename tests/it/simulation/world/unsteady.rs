//! A clock that is put: wrong for a while, or for good.

use huiying::domain::instant::Span;
use huiying::time::Clock;
use rand::RngExt;

use super::super::Entry;
use super::super::fate::Fate;
use super::super::record;
use super::World;

/// What firing pauses for after a jump, and a little.
const STEADY: Span = Span::from_secs(61);

impl World {
    /// What a turn of every process fired.
    async fn fired(&mut self) -> usize {
        let (_, position) = record::read(&self.nodes[0].store, self.position).await;
        self.position = position;
        for n in 0..self.nodes.len() {
            self.sweep(n, Fate::Spared).await;
        }
        record::read(&self.nodes[0].store, self.position).await.0.len()
    }

    /// The clock is put wrong and, within a minute, right again: while it is unsteady nothing fires.
    pub(super) async fn wrong_for_a_while(&mut self) {
        self.settle_down().await;
        let forward = self.random.random_bool(0.6);
        let by = if forward {
            Span::from_minutes(self.random.random_range(6..5_000))
        } else {
            Span::from_secs(-self.random.random_range(3..300_000))
        };
        self.saw(if forward { "clock put forward" } else { "clock put back" });
        let between = self.random.random_bool(0.3);
        if between {
            self.hands.put_after_next_reading(by);
        } else {
            self.hands.put(by);
        }
        for _ in 0..self.random.random_range(1..=3) {
            let fired = self.fired().await;
            self.nothing(fired, "while the clock was wrong");
            self.hands.pass(Span::from_secs(self.random.random_range(0..9)));
        }
        self.hands.put(Span::from_ms(-by.ms()));
        let fired = self.fired().await;
        self.nothing(fired, "when it had just been put right");
        self.hands.pass(Span::from_secs(self.random.random_range(0..25)));
        let fired = self.fired().await;
        self.nothing(fired, "before it had been steady for a minute");
        self.saw("fired nothing while unsteady");
        self.settle_down().await;
    }

    fn nothing(&mut self, fired: usize, when: &str) {
        if fired > 0 {
            self.wrong.push(format!("{}: {fired} events fired {when}", self.hands.shown()));
        }
    }

    /// The clock is put for good: forward, a little back, or, once everything has fired, far back.
    pub(super) async fn put_right(&mut self) {
        match self.random.random_range(0..4) {
            0 => self.hands.put(Span::from_ms(self.random.random_range(1..300_000))),
            1 => self.hands.put(Span::from_minutes(self.random.random_range(6..1_800))),
            2 => self.hands.put(Span::from_ms(-self.random.random_range(1..=2_000))),
            _ => {
                self.settle_down().await;
                let shown = self.hands.shown();
                self.history.push(Entry::Swept(shown));
                self.swept = self.swept.max(shown);
                self.hands.put(Span::from_secs(-self.random.random_range(3..10_000)));
            }
        }
        self.saw("clock put right");
    }

    /// Every process has seen a steady clock for a while, and fired what is due.
    pub(super) async fn settle_down(&mut self) {
        for n in 0..self.nodes.len() {
            let _ = self.nodes[n].clock.now();
        }
        self.hands.pass(STEADY);
        for n in 0..self.nodes.len() {
            self.sweep(n, Fate::Spared).await;
        }
        let next = self.nodes[0].store.next_due().await.expect("reading");
        let shown = self.hands.shown();
        if next.is_some_and(|next| next < shown) {
            self.wrong.push(format!("{shown}: steady, swept, and yet {next:?} has not fired"));
        }
    }
}
