//! Questions (疑问) and parts played (角色): what is only asked after, and whom a drill calls 伤员 in quotation marks.

use super::{Contexts, DRILL, GENERAL, Hedge, Spot, hedge};

/// Whether a report is true is asked.
const WHETHER_TRUE: [&str; 11] = [
    "真的吗",
    "真的么",
    "真的假的",
    "是真是假",
    "是真的不",
    "属实吗",
    "真有这事",
    "有这事吗",
    "有这回事吗",
    "求证",
    "是不是真的",
];
/// Ends of a question that asks whether.
const WHETHER: [&str; 9] = ["吗", "没", "没有", "么", "嘛", "呢", "不成", "没啊", "没呀"];
/// A question that asks for something else than whether it happened.
const KNOWN: [&str; 16] = [
    "知道",
    "看到",
    "看见",
    "听到",
    "听见",
    "管",
    "难道",
    "还要",
    "怎么",
    "凭什么",
    "为什么",
    "不是",
    "谁负责",
    "能不",
    "可以",
    "够",
];
/// Longest part in quotation marks.
const PART_CHARS_MAX: usize = 8;

impl Contexts<'_> {
    /// 是哪里着火了吗？ asks; 爆炸了，没人管吗？ tells and then asks.
    pub(super) fn asked(&self, spot: Spot) -> Option<Hedge> {
        if spot.counted {
            return None;
        }
        let (start, end) = self.setting.sentences[spot.sentence];
        let full = self.setting.full;
        let sentence = full[start..end].trim_end_matches('?');
        if let Some(words) = WHETHER_TRUE.iter().find(|words| sentence.contains(**words)) {
            return Some(hedge(GENERAL, words));
        }
        let marked = sentence.len() < end - start;
        // 轰隆一声，是打雷还是爆炸？
        if marked
            && sentence.contains("还是")
            && ["是打雷", "是放炮", "是放烟花", "是真"].iter().any(|w| sentence.contains(w))
        {
            return Some(hedge(GENERAL, "还是"));
        }
        // 她厂里死了人？真的假的啊: the next sentence asks.
        let next = self.setting.sentences.get(spot.sentence + 1).map_or("", |next| &full[next.0..next.1]);
        let next: String = next.chars().take(8).collect();
        let asks = ["真的", "有这", "是真", "求证", "有知道", "谁知道", "有知情"];
        let heard = sentence.starts_with("听") && !KNOWN.iter().any(|word| sentence.contains(word));
        if marked && (asks.iter().any(|word| next.contains(word)) || heard) {
            return Some(hedge(GENERAL, "?"));
        }
        let last = sentence.rfind(['，', ',']).map_or(start, |at| start + at);
        let clause = &full[last..start + sentence.len()];
        let whether = WHETHER.iter().any(|word| clause.ends_with(word) && (marked || *word == "吗"));
        (spot.start >= last && whether && !KNOWN.iter().any(|word| clause.contains(word)))
            .then(|| hedge(GENERAL, &clause[clause.len() - clause.chars().next_back().map_or(0, char::len_utf8)..]))
    }

    /// 那些说死了人的营销号请删帖: what others say, by the words of whoever calls it untrue.
    pub(super) fn others_say(&self, spot: Spot) -> Option<Hedge> {
        let (start, end) = self.setting.sentences[spot.sentence];
        let before = &self.setting.full[start..spot.start];
        let after: String = self.setting.full[spot.end..end].chars().take(9).collect();
        let said =
            ["说", "传", "讲", "造谣", "称", "编"].iter().any(|word| before.trim_end_matches('“').ends_with(word));
        let voices = ["营销号", "帖", "视频", "账号", "造谣", "谣", "博主", "自媒体", "键盘侠"];
        let of = after.trim_start_matches(['了', '人', '”']).starts_with('的');
        (said && of && voices.iter().any(|word| after.contains(word))).then(|| hedge(super::DENIAL, &after))
    }

    /// “被困群众”, “伤员” in quotation marks are parts of a drill.
    pub(super) fn played(&self, spot: Spot) -> Option<Hedge> {
        let (start, end) = self.setting.sentences[spot.sentence];
        let full = self.setting.full;
        let open = full[start..spot.start].rfind('“').map(|at| start + at + '“'.len_utf8())?;
        let close = full[spot.start..end].find('”').map(|at| spot.start + at)?;
        if full[open..spot.start].contains('”') {
            return None;
        }
        let part = &full[open..close];
        let person = part.ends_with(['员', '者', '众', '民', '生', '徒', '客', '工']);
        // “屋里烧起来了”是说家里热闹: words that are explained.
        let behind = &full[close + '”'.len_utf8()..end];
        let explained = ["是说", "的意思", "意思是", "就是说", "指的是", "是指", "翻译", "这句", "这个词", "是形容"];
        // “死亡一百公里”越野赛 is a name.
        let named = [
            "越野",
            "赛",
            "比赛",
            "挑战",
            "乐队",
            "专辑",
            "游戏",
            "歌",
            "套餐",
            "火锅",
            "关卡",
            "系列",
            "训练",
            "过山车",
            "辣",
        ];
        if explained.iter().chain(&named).any(|word| behind.starts_with(word)) {
            return Some(hedge(GENERAL, part));
        }
        (person && part.chars().count() <= PART_CHARS_MAX).then(|| hedge(DRILL, part))
    }
}
