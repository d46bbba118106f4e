//! Denials (辟谣): what a text says has not happened, or not here.

use super::{Contexts, DENIAL, Hedge, Spot, hedge};
use crate::text::event::grammar::tail;
use crate::text::event::whose::Site;
use crate::text::event::words::{Class, Mark};

/// News and whoever spreads them.
pub const NEWS: [&str; 11] = ["谣", "所谓", "纯属", "消息", "信息", "视频", "帖", "网络", "网上", "群里", "传"];
/// Between a denial and what it denies or not: whoever contradicts the denial.
const CONTRADICTED: [&str; 14] =
    ["确实", "脸疼", "打脸", "结果", "承认", "但", "可是", "可我", "可明明", "然而", "亲眼", "明明", "其实", "谁信"];

/// How many sentences behind a report its denial may stand.
const NEAR_SENTENCES: usize = 4;
/// Denials of a text that are looked at; a text with more is a list.
const DENIALS_MAX: usize = 40;
/// How much of what stands between a denial and a report is read for a contradiction, in characters.
const BETWEEN_CHARS_MAX: usize = 200;

/// Ends of 与我县没有半点关系; what takes them back stands before.
const RELATIONS: [&str; 7] = ["关系", "关联", "瓜葛", "干系", "牵连", "联系", "相干"];
/// Between 没有 and 关系.
const ANY: [&str; 11] =
    ["任何", "半点", "一点", "一点儿", "丝毫", "半毛钱", "一毛钱", "一分钱", "什么", "直接", "半分"];
/// What takes a relation back.
const NONE: [&str; 9] = ["没有", "没得", "不存在", "毫无", "并无", "绝无", "没", "无", "不"];
/// Without a negation of their own.
const APART: [&str; 7] = ["八竿子打不着", "无关", "不沾边", "不搭界", "不挨边", "不搭边", "扯不上"];
/// How far before them it says with whom, in characters.
const WITH_CHARS_MAX: usize = 8;

/// 和我县没有半点关系, 跟咱们这儿八竿子打不着: that it is none of ours, in any words.
pub fn unrelated(full: &str, sites: &[Site]) -> Vec<Mark> {
    let ours = |before: &str, start: usize| {
        let with = tail(before, WITH_CHARS_MAX);
        let Some(at) = with.rfind(['和', '与', '跟', '同']) else { return false };
        let whom = &with[at + '和'.len_utf8()..];
        let place = sites.iter().any(|site| site.ours && site.start >= before.len() - whom.len() && site.end <= start);
        let own = whom.starts_with(['我', '咱', '俺']) || whom.starts_with('本') && !whom.starts_with("本次");
        // 跟我没关系 says nothing of where.
        (own && whom.chars().count() >= 2) || place
    };
    let mut found = Vec::new();
    for word in APART {
        for (at, _) in full.match_indices(word).filter(|(at, _)| ours(&full[..*at], *at)) {
            found.push(Mark { class: Class::Denied, start: at, end: at + word.len() });
        }
    }
    for word in RELATIONS {
        for (at, _) in full.match_indices(word) {
            let before = &full[..at];
            let before = ANY.iter().find_map(|any| before.strip_suffix(any)).unwrap_or(before);
            let Some(rest) = NONE.iter().find_map(|none| before.strip_suffix(none)) else { continue };
            if ours(rest, rest.len()) {
                found.push(Mark { class: Class::Denied, start: rest.len(), end: at + word.len() });
            }
        }
    }
    found
}

impl Contexts<'_> {
    /// 网传…系谣言: the denial takes back what stands before it, and behind it what its own sentence repeats.
    pub(super) fn denied(&self, spot: Spot) -> Option<Hedge> {
        let full = self.setting.full;
        if self.denials.is_empty() {
            return None;
        }
        let (start, end) = self.setting.sentences[spot.sentence];
        let own: Vec<&Mark> = self.in_sentence(spot.sentence).collect();
        let told = own.iter().any(|mark| mark.class == Class::Rumoured && mark.start < spot.start);
        let corrected = own.iter().rfind(|mark| mark.class == Class::Corrected && mark.end <= spot.start);
        let later = self.setting.sentences.get(spot.sentence + NEAR_SENTENCES).map_or(full.len(), |next| next.1);
        for denial in self.denials.iter().take_while(|denial| denial.start < later).take(DENIALS_MAX) {
            let words = self.text(denial);
            let vague =
                ["虚假", "编造", "捏造", "杜撰", "假的", "是假的", "都是假的", "失实", "嫁接", "不是事实", "不实"]
                    .contains(&words);
            if vague && !self.of_news
                || words.starts_with(['不', '非', '并']) && words.contains("我") && denial.start < spot.start
            {
                continue;
            }
            let strong = corrected.is_some_and(|mark| !self.text(mark).starts_with('经') && !told);
            let rumour_since = |mark: &Mark| {
                own.iter().any(|m| m.class == Class::Rumoured && m.start > mark.start && m.start < spot.start)
            };
            let after_word = corrected.is_some_and(|mark| !rumour_since(mark));
            if denial.start >= spot.end {
                let between = &full[spot.end..denial.start];
                // 物业造谣说没死人，其实死了3个: a later 谣言 about something else is far away or in another voice.
                let near = between.matches(['。', '!', '?', '\n']).count() <= 3;
                let again = own.iter().any(|mark| mark.class == Class::Denied && mark.start >= spot.end);
                let safe = strong && after_word || corrected.is_some() && after_word && !again;
                if near && !safe {
                    return Some(hedge(DENIAL, words));
                }
                continue;
            }
            let between = full.get(denial.end..spot.start).map_or("", |between| tail(between, BETWEEN_CHARS_MAX));
            let contradicted = CONTRADICTED.iter().any(|word| between.contains(word));
            let inside = denial.start >= start && denial.end <= end;
            let opens = denial.end <= self.setting.title_end.max(12) || full[..denial.start].ends_with('【');
            let settled = corrected.is_some() && after_word;
            let loud =
                (words.contains('谣') || words.starts_with("不属实") || words == "不实") && (told || denial.start <= 6);
            if !contradicted && !settled && (inside || opens && loud) {
                return Some(hedge(DENIAL, words));
            }
        }
        None
    }
}
