//! Matters that a made-up year is about: each one place and one complaint, told by several people in words of their own,
//! between chatter that concerns nobody. The same in every run.

use super::texts;
use crate::domain::instant::{Instant, Span};
use crate::domain::mention::{Channel, MentionInput};

/// What is complained about; `{}` is the place.
const COMPLAINTS: &str = include_str!("matters.txt");
/// Characters that names of places are put together from, and what they end with.
const NAMES: &str = "锦绣金桂翠竹碧水龙泉凤凰和平阳光丰泽盛世嘉和清溪明月东湖南苑瑞景云岭梅园望江";
const ENDINGS: [&str; 8] = ["花园", "家园", "新城", "雅苑", "公馆", "华庭", "佳园", "小区"];
const COUNTIES: [&str; 7] = ["宣州区", "宁国市", "广德市", "郎溪县", "泾县", "绩溪县", "旌德县"];
const CHANNELS: [Channel; 5] = [Channel::Weibo, Channel::Forum, Channel::Wechat, Channel::News, Channel::Board];
const OPENINGS: [&str; 6] = ["", "尊敬的领导您好，", "再次反映：", "求助！", "有人管管吗？", "我是附近居民，"];
const ENDS: [&str; 6] = ["。", "！", "。请给个说法。", "，谢谢领导。", "。已经第三次反映了。", "。希望尽快答复。"];
/// Of ten mentions so many are about a matter, the others chatter.
const ABOUT_A_MATTER_OF_10: usize = 4;
/// A matter is told again while so many newer ones come up.
const TOLD_DURING: u64 = 60;
/// Between two mentions of one round.
const STEP: Span = Span::from_secs(7);

/// The matters of a year.
pub struct Matters {
    complaints: Vec<&'static str>,
    names: Vec<char>,
    chatter: Vec<MentionInput>,
    /// Mentions about matters, for each matter.
    each: usize,
    chance: Box<dyn FnMut(u64) -> u64>,
}

impl Matters {
    /// So many, in so many mentions.
    pub fn new(count: usize, mentions: usize) -> Self {
        Self {
            complaints: COMPLAINTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect(),
            names: NAMES.chars().collect(),
            chatter: texts::posts(5_000),
            each: (mentions * ABOUT_A_MATTER_OF_10 / 10 / count).max(1),
            chance: Box::new(texts::chance()),
        }
    }

    /// The `n`th mention of the year, as it came in at that instant.
    pub fn mention(&mut self, n: usize, now: Instant) -> MentionInput {
        let about = (n % 10 < ABOUT_A_MATTER_OF_10).then(|| n / 10 * ABOUT_A_MATTER_OF_10 + n % 10);
        let text = match about {
            Some(told) => self.told(told),
            None => format!("{} {n}", self.chatter[(self.chance)(self.chatter.len() as u64) as usize].text),
        };
        MentionInput {
            id: Some(format!("year-{n}")),
            channel: CHANNELS[n % CHANNELS.len()],
            source: Some("bench".into()),
            text,
            published_at: Some(now - STEP),
            ..MentionInput::default()
        }
    }

    /// A matter that is new, or one of the latest again.
    fn told(&mut self, told: usize) -> String {
        let newest = told / self.each;
        let back = if told.is_multiple_of(self.each) { 0 } else { (self.chance)(TOLD_DURING) as usize };
        let place = self.place(newest.saturating_sub(back));
        let complaint = self.complaints[newest.saturating_sub(back) % self.complaints.len()].replace("{}", &place);
        let opening = OPENINGS[(self.chance)(OPENINGS.len() as u64) as usize];
        let end = ENDS[(self.chance)(ENDS.len() as u64) as usize];
        format!("{opening}{complaint}{end}")
    }

    fn place(&self, matter: usize) -> String {
        let name = |n: usize| self.names[n % self.names.len()];
        let (first, rest) = (name(matter), matter / self.names.len());
        let (second, rest) = (name(rest + matter), rest / self.names.len());
        let ending = ENDINGS[(matter / COUNTIES.len() + rest) % ENDINGS.len()];
        let road: String = [name(matter * 7 + 3), name(rest * 5 + matter / 3)].iter().collect();
        format!("{}{road}路{first}{second}{ending}", COUNTIES[matter % COUNTIES.len()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_matter_has_a_place_of_its_own_and_is_told_several_times() {
        let matters = Matters::new(1_000, 20_000);
        let places: std::collections::HashSet<String> = (0..1_000).map(|n| matters.place(n)).collect();
        assert_eq!(places.len(), 1_000);
        let at = Instant::from_ms(0);
        let year = |mut matters: Matters| (0..500).map(|n| matters.mention(n, at)).collect::<Vec<_>>();
        assert_eq!(year(Matters::new(1_000, 20_000)), year(matters));
    }
}
