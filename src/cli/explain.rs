//! `huiying explain`: which words, rules and features decided what.

use std::io::Read;
use std::process::ExitCode;

use super::{Failure, Global, Outcome, office_text};
use crate::domain::instant::Instant;
use crate::domain::mention::{MENTION_TEXT_BYTES_MAX, MentionInput};
use crate::text::analysis::{Analysis, Sentiment};
use crate::text::{zh_emotion, zh_request};

/// Categories that are shown.
const CATEGORIES_SHOWN_MAX: usize = 4;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Explain {
    /// The text; `-` reads it from standard input
    text: String,
    /// Its title
    #[arg(long)]
    title: Option<String>,
    /// When it was published (RFC 3339 or a date)
    #[arg(long, value_name = "INSTANT")]
    at: Option<Instant>,
    /// Print JSON, as `analyse` does
    #[arg(long)]
    json: bool,
}

impl Explain {
    /// Runs the command.
    pub fn run(self, global: &Global) -> Outcome {
        let text = if self.text == "-" { from_stdin()? } else { self.text };
        let mention = MentionInput { title: self.title, text, published_at: self.at, ..MentionInput::default() };
        mention.check().map_err(|error| Failure::Usage(error.to_string()))?;
        let analyser = office_text::analyser(global)?;
        let analysis = analyser.explain(&mention);
        if self.json {
            say!("{}", serde_json::to_string_pretty(&analysis).map_err(anyhow::Error::new)?);
        } else {
            print!("{}", shown(&analysis, &analyser.tokens(&mention.text)));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let input = std::io::stdin().lock();
    input
        .take(MENTION_TEXT_BYTES_MAX as u64 + 1)
        .read_to_string(&mut text)
        .map_err(|error| Failure::Usage(format!("标准输入不是 UTF-8 文本：{error}")))?;
    Ok(text)
}

fn shown(analysis: &Analysis, tokens: &[String]) -> String {
    let mut out = String::new();
    let mut section = |name: &str, verdict: &str, of: &str, more: &[String]| {
        out.push_str(&format!("{name}：{verdict}\n"));
        let reasons = analysis.reasons.iter().filter(|reason| reason.of == of).map(|reason| &reason.why);
        reasons.chain(more).for_each(|why| out.push_str(&format!("  · {why}\n")));
        for word in analysis.evidence.iter().filter(|word| word.of == of) {
            let part = if word.part == "title" { "标题" } else { "正文" };
            let place = format!("{part}第 {}–{} 字", word.start + 1, word.end);
            out.push_str(&format!("      “{}”（{place}）{:+.2}\n", word.word, word.weight));
        }
    };
    let sentiment = match analysis.sentiment {
        Sentiment::Negative => "负面",
        Sentiment::Neutral => "中性",
        Sentiment::Positive => "正面",
    };
    let or_none = |list: Vec<&str>| if list.is_empty() { "无".to_owned() } else { list.join("、") };
    section("事件等级", analysis.event_grade.zh(), "event_grade", &[]);
    section("敏感", if analysis.sensitive { "是" } else { "否" }, "sensitive", &[]);
    section("关注主题", &or_none(analysis.rules.iter().map(String::as_str).collect()), "topic", &[]);
    section("情感", &format!("{sentiment}（{:+.3}）", analysis.sentiment_score), "sentiment", &[]);
    section("情绪", zh_emotion(&analysis.emotion), "emotion", &[]);
    section("诉求", zh_request(&analysis.request), "request", &[]);
    section("谣言信号", &format!("{:.2}", analysis.rumour), "rumour", &[]);
    section("区域", &or_none(analysis.regions.iter().map(|region| region.as_str()).collect()), "region", &[]);
    let departments: Vec<String> = analysis
        .departments
        .iter()
        .map(|department| format!("{} {:.3}：{}", department.id, department.score, department.why.join("；")))
        .collect();
    let best = analysis.departments.first().map_or("无", |department| department.id.as_str());
    section("单位", best, "department", &departments);
    let categories: Vec<String> =
        analysis.category.iter().take(CATEGORIES_SHOWN_MAX).map(|c| format!("{} {:.3}", c.id, c.score)).collect();
    section("领域", analysis.category.first().map_or("无", |c| c.id.as_str()), "category", &categories);
    section("关键词", &or_none(analysis.keywords.iter().map(|k| k.word.as_str()).collect()), "keywords", &[]);
    section("模型", &analysis.model, "model", &[]);
    section("分词", &tokens.join(" / "), "tokens", &[]);
    out
}
