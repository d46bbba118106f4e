//! Voices (说法): what is only passed on (网传, 群里说), and who speaks with better knowledge: officials, or whoever was there.

use super::{Contexts, DENIAL, Hedge, Spot, hedge};
use crate::text::event::grammar::negated;
use crate::text::event::words::Class;

/// Who speaks now, so that what follows is no longer only passed on.
const KNOWING: [&str; 40] = [
    "通报",
    "公布",
    "官方",
    "官宣",
    "发布",
    "应急",
    "公安",
    "警方",
    "民警",
    "派出所",
    "交警",
    "消防",
    "教体局",
    "教育局",
    "卫健",
    "宣传部",
    "指挥部",
    "环保局",
    "环境局",
    "住建",
    "市监",
    "政府",
    "回应",
    "核实",
    "核查",
    "证实",
    "确认",
    "院方",
    "校方",
    "厂方",
    "公司方面",
    "目击",
    "亲眼",
    "我就在",
    "我在现场",
    "我数",
    "实际",
    "其实",
    "真实情况",
    "事实是",
];
/// Sentences between a rumour and what an official says of it.
const ANSWER_SENTENCES_MAX: usize = 3;

impl Contexts<'_> {
    /// Whether what stands here is only passed on: 网传…死了8个.
    pub fn passed_on(&self, spot: Spot) -> bool {
        let (start, _) = self.setting.sentences[spot.sentence];
        let told =
            self.in_sentence(spot.sentence).filter(|mark| mark.class == Class::Rumoured && mark.end <= spot.start);
        let Some(told) = told.last() else { return false };
        let between = &self.setting.full[told.end.max(start)..spot.start];
        !KNOWING.iter().any(|word| between.contains(word))
    }

    /// 宣城方面回应“隧道塌方”传言：系施工爆破声. An official quotes what he takes back.
    fn answered_rumour(&self, spot: Spot) -> Option<Hedge> {
        let (start, end) = self.setting.sentences[spot.sentence];
        let full = self.setting.full;
        let open = full[start..spot.start].rfind('“').map(|at| start + at)?;
        let close = full[spot.end..end].find('”').map(|at| spot.end + at + '”'.len_utf8())?;
        let known = ["回应", "澄清", "说明", "辟谣", "答复"].iter().any(|word| full[start..open].contains(word));
        let behind = &full[close..end];
        let said = ["的说法", "的传言", "的传闻", "的帖", "的视频", "的消息", "传言", "的谣言"];
        let known = known || said.iter().any(|word| behind.starts_with(word));
        let behind = behind.strip_prefix('的').unwrap_or(behind);
        let rumour =
            ["传言", "传闻", "网传", "说法", "一事", "消息", "视频", "帖"].iter().any(|word| behind.starts_with(word));
        let taken_back = ["系", "实为", "无", "没有", "未", "不实", "并非", "不是", "正常", "没这", "瞎"]
            .iter()
            .any(|word| behind.contains(word));
        (known && rumour && taken_back).then(|| hedge(DENIAL, behind))
    }

    /// 网传淹死3名学生，教体局回应：没有学生死亡. Who knows better says that nobody came to this harm.
    pub(super) fn answered(&self, spot: Spot) -> Option<Hedge> {
        if let Some(hedge) = self.answered_rumour(spot) {
            return Some(hedge);
        }
        if !self.passed_on(spot) {
            return None;
        }
        let full = self.setting.full;
        let last = (spot.sentence + ANSWER_SENTENCES_MAX).min(self.setting.sentences.len() - 1);
        let until = self.setting.sentences[last].1;
        let from = self.setting.marks.partition_point(|mark| mark.start < spot.end);
        self.setting.marks[from..].iter().take_while(|mark| mark.end <= until).find_map(|mark| {
            let harm =
                matches!(mark.class, Class::Dead | Class::DeadOf | Class::DeadWeak | Class::DeadBare | Class::Hurt);
            let between = &full[spot.end..mark.start];
            let known = KNOWING.iter().any(|word| between.contains(word));
            // 无人员死亡 is one word of what happens.
            let words = &full[mark.start..mark.end];
            let none = words.starts_with(['无', '没']) && words.contains(['死', '亡']);
            (known && (harm && negated(between) || none)).then(|| hedge(DENIAL, &full[mark.start..mark.end]))
        })
    }
}
