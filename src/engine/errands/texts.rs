//! A text tried, and a backtest (试一试与回测): what the rules in force and a proposed text make of mentions. Each mention is judged
//! by itself: whether one that opens an incident would rather join another is not played through, since that hangs on what stood
//! around it at the time.

use std::collections::HashMap;
use std::sync::Arc;

use super::Progress;
use crate::correlate::noteworthy::{self, Watchlist, watchlist};
use crate::domain::correlation::Correlation;
use crate::domain::errand::{
    BACKTEST_MENTIONS_MAX, BacktestRow, Backtested, Judged, JudgedReason, JudgedWord, Proposed,
};
use crate::domain::instant::Span;
use crate::domain::mention::{Channel, MentionInput};
use crate::engine::Engine;
use crate::rules::Rules;
use crate::rules::file::FileName;
use crate::store::{MentionFilter, MentionRow};
use crate::text::Analyser;
use crate::text::analysis::Analysis;

/// Mentions read at a time.
const PAGE: i64 = 500;
/// Mentions that are listed one by one.
const LISTED_MAX: usize = 100;
/// Characters of a text that stand for its title.
const TITLE_CHARS_MAX: usize = 40;
/// Words that are told.
const WORDS_MAX: usize = 60;

/// What judges mentions: the rules in force, or as they would be.
struct Bench {
    analyser: Arc<Analyser>,
    correlation: Correlation,
    watchlist: Watchlist,
}

impl Bench {
    fn of(rules: &Rules, analyser: Arc<Analyser>) -> Self {
        Self { analyser, correlation: rules.correlation.clone(), watchlist: watchlist(&rules.topics) }
    }

    /// Why a mention opens an incident by itself; empty if it does not.
    fn opens(&self, analysis: &Analysis, channel: Channel) -> Vec<String> {
        if channel.carries_letters() {
            noteworthy::letter(analysis, &self.correlation, &self.watchlist)
        } else {
            noteworthy::post(analysis, &self.correlation, &self.watchlist)
        }
    }

    fn analyse(&self, mention: &MentionInput, channel: Channel) -> (Analysis, bool) {
        let analysis = self.analyser.analyse(mention);
        let opens = !self.opens(&analysis, channel).is_empty();
        (analysis, opens)
    }

    fn why(&self, mention: &MentionInput, channel: Channel) -> String {
        self.opens(&self.analyser.explain(mention), channel).first().cloned().unwrap_or_default()
    }
}

impl Engine {
    fn bench_in_force(&self) -> Bench {
        Bench::of(&self.rules.load_full(), self.desk().analyser().clone())
    }

    /// With a proposed text in force; refused with the first mistake of it.
    async fn bench_proposed(&self, proposed: Proposed) -> Result<Bench, String> {
        let dir = self.rules_dir.clone().ok_or("这个服务不能改规则（演练）")?;
        let name = FileName::new(&proposed.file).map_err(|error| error.to_string())?;
        let analyser = self.desk().analyser().clone();
        let work = move || {
            let rules = Rules::check_with(&dir, &name, proposed.text.as_deref());
            if let Some(error) = rules.errors.iter().find(|error| error.file == name.path()).or(rules.errors.first()) {
                return Err(format!("拟用的规则有误：{error}"));
            }
            let renewed = Arc::new(analyser.renewed(rules.vocabulary()));
            Ok(Bench::of(&rules, renewed))
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
    }

    /// What a text is judged as.
    pub(super) async fn try_text(
        &self,
        title: Option<String>,
        text: String,
        channel: Channel,
        proposed: Option<Proposed>,
    ) -> Result<Judged, String> {
        let bench = match proposed {
            None => self.bench_in_force(),
            Some(proposed) => self.bench_proposed(proposed).await?,
        };
        let mention = MentionInput { title, text, channel, ..MentionInput::default() };
        mention.check().map_err(|error| error.to_string())?;
        tokio::task::spawn_blocking(move || judged(&bench, &mention)).await.map_err(|error| error.to_string())
    }

    /// What a proposed text would have made of the last days.
    pub(super) async fn backtest(
        &self,
        proposed: Proposed,
        days: u32,
        progress: &Progress,
    ) -> Result<Backtested, String> {
        let topic = proposed.file.starts_with("topics/").then(|| id_of(&proposed)).flatten();
        let (now, then) = (Arc::new(self.bench_in_force()), Arc::new(self.bench_proposed(proposed).await?));
        let since = self.clock.now() - Span::from_days(i64::from(days));
        let mut done = Backtested { matching: topic.as_ref().map(|_| 0), ..Backtested::default() };
        let (mut added, mut lost) = (Folded::default(), Folded::default());
        let mut before = None;
        loop {
            let page = self.store.mentions(&MentionFilter::default(), before, PAGE).await;
            let mut rows = page.map_err(|error| error.to_string())?;
            before = rows.last().map(|row| row.n);
            let whole = i64::try_from(rows.len()).unwrap_or(0) < PAGE;
            let ended = rows.iter().any(|row| row.detected_at < since);
            rows.retain(|row| row.detected_at >= since);
            let room = BACKTEST_MENTIONS_MAX - done.read;
            if rows.len() > room {
                rows.truncate(room);
                done.cut = true;
            }
            done.read += rows.len();
            done.since = rows.last().map(|row| row.detected_at).or(done.since);
            let (now, then, topic) = (now.clone(), then.clone(), topic.clone());
            let work = move || compare(&now, &then, topic.as_deref(), &rows);
            let part = tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?;
            done.opening_now += part.opening_now;
            done.opening_then += part.opening_then;
            if let Some(matching) = &mut done.matching {
                *matching += part.matching;
            }
            part.added.into_iter().for_each(|row| added.put(row));
            part.lost.into_iter().for_each(|row| lost.put(row));
            progress.at(done.read, BACKTEST_MENTIONS_MAX);
            if whole || ended || done.cut {
                break;
            }
            if done.read == BACKTEST_MENTIONS_MAX {
                done.cut = true;
                break;
            }
        }
        (done.added_count, done.added) = added.end();
        (done.lost_count, done.lost) = lost.end();
        Ok(done)
    }
}

/// The id that a proposed topic has.
fn id_of(proposed: &Proposed) -> Option<String> {
    let value = crate::rules::file::value(proposed.text.as_deref()?)?;
    value.get("id")?.as_str().map(str::to_owned)
}

/// What a page of mentions came to.
#[derive(Default)]
struct Part {
    opening_now: usize,
    opening_then: usize,
    matching: usize,
    added: Vec<BacktestRow>,
    lost: Vec<BacktestRow>,
}

fn compare(now: &Bench, then: &Bench, topic: Option<&str>, rows: &[MentionRow]) -> Part {
    let mut part = Part::default();
    for row in rows {
        let mention = row.input();
        let (_, opens_now) = now.analyse(&mention, row.channel);
        let (analysis, opens_then) = then.analyse(&mention, row.channel);
        part.opening_now += usize::from(opens_now);
        part.opening_then += usize::from(opens_then);
        part.matching += usize::from(topic.is_some_and(|topic| analysis.rules.iter().any(|rule| rule == topic)));
        let told = |bench: &Bench| BacktestRow {
            mention: row.id.clone(),
            title: title_of(row),
            channel: row.channel,
            detected_at: row.detected_at,
            incident: row.incident.clone(),
            why: bench.why(&mention, row.channel),
            alike: 0,
        };
        match (opens_now, opens_then) {
            (false, true) => part.added.push(told(then)),
            (true, false) => part.lost.push(told(now)),
            _ => {}
        }
    }
    part
}

fn title_of(row: &MentionRow) -> String {
    let title = row.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    let line = title.map_or_else(|| row.text.split_whitespace().collect::<Vec<_>>().join(" "), str::to_owned);
    let cut: String = line.chars().take(TITLE_CHARS_MAX).collect();
    if cut.len() < line.len() { format!("{cut}…") } else { cut }
}

/// Rows of one title as one, in their order.
#[derive(Default)]
struct Folded {
    count: usize,
    rows: Vec<BacktestRow>,
    places: HashMap<String, usize>,
}

impl Folded {
    fn put(&mut self, row: BacktestRow) {
        self.count += 1;
        match self.places.get(&row.title) {
            Some(place) => {
                if let Some(first) = self.rows.get_mut(*place) {
                    first.alike += 1;
                }
            }
            None if self.rows.len() < LISTED_MAX => {
                self.places.insert(row.title.clone(), self.rows.len());
                self.rows.push(row);
            }
            None => {}
        }
    }

    fn end(self) -> (usize, Vec<BacktestRow>) {
        (self.count, self.rows)
    }
}

fn judged(bench: &Bench, mention: &MentionInput) -> Judged {
    let analysis = bench.analyser.explain(mention);
    let mut why = bench.opens(&analysis, mention.channel);
    let opens = !why.is_empty();
    if !opens {
        why.extend(noteworthy::kept_out(&analysis, &bench.correlation));
    }
    let reasons = analysis.reasons.into_iter().map(|reason| JudgedReason { of: reason.of, why: reason.why });
    let words = analysis.evidence.into_iter().take(WORDS_MAX).map(|word| JudgedWord {
        of: word.of,
        word: word.word,
        part: word.part,
        start: word.start,
        end: word.end,
    });
    Judged {
        opens,
        why,
        topics: analysis.rules,
        event_grade: analysis.event_grade,
        sensitive: analysis.sensitive,
        departments: analysis.departments.into_iter().map(|department| department.id).take(3).collect(),
        reasons: reasons.collect(),
        words: words.collect(),
    }
}
