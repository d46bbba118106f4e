//! Hedges (不作数的语境): drills, prevention, history, statistics, fiction, denials and far-away places: contexts in which
//! a text speaks of dead and hurt although nothing has happened here and now.

use chrono::Datelike;
use regex::Regex;

use super::normalise::clip;
use crate::domain::instant::Instant;

/// Why what a sentence says is not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hedge {
    /// Which context, in Chinese: 演练, 假设, 历史, …
    pub kind: &'static str,
    /// The words that show it.
    pub words: String,
}

impl Hedge {
    fn new(kind: &'static str, words: &str) -> Option<Self> {
        Some(Self { kind, words: clip(words, 12).into_owned() })
    }
}

/// Where a fact stands.
#[derive(Clone, Copy)]
pub struct Spot<'a> {
    /// Its sentence.
    pub sentence: &'a str,
    /// The sentence up to the fact's end.
    pub before: &'a str,
    /// Its clause up to the fact's end.
    pub clause: &'a str,
    /// Whether a number stands with it; a bare "爆炸" is taken back by more than "爆炸致3死" is.
    pub counted: bool,
}

/// A date that lies further back than this from the publication is history.
const RECENT_DAYS_MAX: i64 = 60;
/// How many characters of a far place a reason quotes.
const FAR_QUOTE_CHARS: usize = 6;

const DRILL: &str = "应急演练|实战演练|桌面推演|演练|演习|拉动测试";
const DENIED: &str = "辟谣|(?:系|为|是|属|纯属)(?:网络)?(?:谣言|不实|虚假|编造|捏造|假消息)|信息不实|内容不实|子虚乌有";
const FICTION: &str = "电影|电视剧|剧情|小说|剧本|游戏|番剧|动漫|剧透|梦见|梦到|愚人节|影片|片中|剧中|玩家";
/// They stand before what is only supposed, and reach across commas.
const SUPPOSED: &str = "防止|预防|避免|防范|谨防|严防|杜绝|以免|免得|如果|假如|假设|假定|假使|万一|一旦|倘若|若是|若发生|若有|要是|\
    预案|设定|模拟|应当|指造成|是指|分级标准|难道|非要|等到|别等|不要等|迟早|不堪设想";
/// They colour their own clause only.
const FEARED: &str = "可能(?:会|造成|导致|引发|发生|出现|有)|恐怕|会不会|是否|有没有|随时|极易|易发|易引发|易造成|易导致|容易|会造成|会导致|\
    会引发|会发生|会有|将造成|将导致|或将|足以|担心|害怕|生怕|希望不|威胁|危及|预计";
/// They take back an event that no number stands with.
const ROUTINE: &str = "隐患|风险|经常|时常|多次|几次|每次|常常|频发|频繁|之前|以前|屡|多起|数起|多发|高发|存在|危险|安全问题|整治|检查|\
    治理|排查|预警|责任|纠纷|赔偿|理赔|调解|认定|保险|警示|警惕|提醒|教训|讲座|培训|科普|知识|宣传|责任书|为什么|怎么办|怕|会|差点|险些|\
    几乎|不少|好几|曾|例如|比如|案例|培养|救援队|救援站|救援服务|器材|应急|处置能力|噪音|噪声|标准|规范|价格|心态|脾气|信息泄|隐私";
const PAST: &str = "曾|去年|前年|当年|那年|早年|上世纪|历史上|周年|纪念|回顾|缅怀|祭奠|[一二两三四五六七八九十几数多0-9](?:多|余)?年前|清明|旧闻|\
    往事|大地震|抗战|战争|屠杀|烈士|(?:上|前)一次|上次|以前发生|之前发生|此前发生过|发生过";
const NOW: &str = "今[天日早晨晚]|昨[天日晚夜]|刚刚|刚才|目前|截至|截止|凌晨|这次|此次|本次|又";
const COUNTED_UP: &str = "今年以来|全年|上半年|下半年|前三季度|季度|同比|环比|历年|平均|每年|统计|数据显示|近年来|多年来|年均|全球|死亡率|\
    (?:共|总共|共计|累计)(?:发生|查处|接报)[^，。]{0,12}起";
const NATURAL: &str = "因病|病逝|病故|癌|老死|寿终|自然死亡|死亡证|死亡赔偿|死亡抚恤|销户|注销户口|丧葬|安乐死|脑死亡";
const CARRIED_ON: &str = "^(?:该?事故|事件|当时|那次|造成|其中|最终|该起|火灾|爆炸|这起)";

/// Provinces, countries and large cities elsewhere, unless one only goes or comes from there.
const FAR: &str = "(?:^|[^往去到赴回从自飞开在由至抵向名属籍])((?:北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|福建|江西|山东|\
    河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|美国|日本|韩国|印度|印尼|菲律宾|泰国|\
    缅甸|越南|土耳其|巴基斯坦|阿富汗|伊朗|伊拉克|叙利亚|以色列|俄罗斯|乌克兰|法国|德国|英国|意大利|西班牙|巴西|墨西哥|澳大利亚|加拿大|埃及|\
    尼日利亚|尼泊尔|武汉|南京|杭州|苏州|广州|深圳|成都|西安|郑州|长沙|青岛|大连|沈阳|哈尔滨|昆明|贵阳|南昌|福州|厦门|合肥|芜湖|黄山市|\
    马鞍山|铜陵|池州|安庆|六安|滁州|蚌埠|阜阳|亳州|淮南|淮北|宿州|湖州|宁波|温州|无锡|常州|徐州)[^籍路街口味菜馆店牌号人，。；！？][^，。；！？]{0,40})";

/// The patterns, compiled once.
pub struct Hedges {
    drill: Regex,
    denied: Regex,
    fiction: Regex,
    supposed: Regex,
    feared: Regex,
    routine: Regex,
    past: Regex,
    now: Regex,
    counted_up: Regex,
    natural: Regex,
    carried_on: Regex,
    far: Regex,
    day: Regex,
    year: Regex,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern, compiled by every test")
}

impl Default for Hedges {
    fn default() -> Self {
        Self {
            drill: regex(DRILL),
            denied: regex(DENIED),
            fiction: regex(FICTION),
            supposed: regex(SUPPOSED),
            feared: regex(FEARED),
            routine: regex(ROUTINE),
            past: regex(PAST),
            now: regex(NOW),
            counted_up: regex(COUNTED_UP),
            natural: regex(NATURAL),
            carried_on: regex(CARRIED_ON),
            far: regex(FAR),
            day: regex("((?:19|20)[0-9]{2})[年./-]([01]?[0-9])[月./-]([0-3]?[0-9])"),
            year: regex("((?:19|20)[0-9]{2})年(?:([01]?[0-9])月)?"),
        }
    }
}

impl Hedges {
    /// A context that takes back the whole text: a drill or fiction in the title or said twice, or a denial.
    pub fn of_document(&self, title: &str, full: &str) -> Option<Hedge> {
        if let Some(found) = self.denied.find(full) {
            return Hedge::new("辟谣", found.as_str());
        }
        for (kind, pattern) in [("演练", &self.drill), ("虚构", &self.fiction)] {
            if let Some(found) = pattern.find(title).or_else(|| pattern.find_iter(full).nth(1)) {
                return Hedge::new(kind, found.as_str());
            }
        }
        None
    }

    /// A context that takes back one fact.
    pub fn of_fact(&self, spot: Spot<'_>, published: Option<Instant>) -> Option<Hedge> {
        let routine = if spot.counted { None } else { self.routine.find(spot.sentence) };
        let found = [
            ("演练", self.drill.find(spot.sentence)),
            ("假设或防范", self.supposed.find(spot.before)),
            ("假设或防范", self.feared.find(spot.clause)),
            ("统计", self.counted_up.find(spot.sentence)),
            ("非突发事件", self.natural.find(spot.sentence)),
            ("虚构", self.fiction.find(spot.sentence)),
            ("泛指", routine),
        ];
        for (kind, found) in found {
            if let Some(found) = found {
                return Hedge::new(kind, found.as_str());
            }
        }
        self.history(spot, published)
    }

    /// What was long ago, unless something said between it and the fact brings it back to now.
    fn history(&self, spot: Spot<'_>, published: Option<Instant>) -> Option<Hedge> {
        if let Some(found) = self.past.find(spot.sentence) {
            let after = spot.before.get(found.end()..).unwrap_or("");
            if !self.now.is_match(after) {
                return Hedge::new("历史", found.as_str());
            }
        }
        let Some(published) = published.map(Instant::date) else {
            // News give a current event its day; a year alone, without one, speaks of the past.
            let found = self.year.captures(spot.sentence)?;
            return if found.get(2).is_none() { Hedge::new("历史", &found[0]) } else { None };
        };
        if let Some(found) = self.day.captures(spot.sentence) {
            let number = |n: usize| found[n].parse::<u32>().unwrap_or(0);
            let date = chrono::NaiveDate::from_ymd_opt(number(1) as i32, number(2), number(3))?;
            return if (published - date).num_days() > RECENT_DAYS_MAX {
                Hedge::new("历史", &found[0])
            } else {
                None
            };
        }
        let found = self.year.captures(spot.sentence)?;
        if found[1].parse::<i32>().is_ok_and(|year| year < published.year()) {
            return Hedge::new("历史", &found[0]);
        }
        None
    }

    /// Whether a sentence goes on with what the one before spoke of, and so shares its hedge.
    pub fn carries_on(&self, sentence: &str) -> bool {
        self.carried_on.is_match(sentence) && !self.now.is_match(sentence)
    }

    /// A place elsewhere with which a text begins, behind brackets and a source's 据…报道 at most.
    pub fn far_opening(&self, full: &str) -> Option<String> {
        let found = self.far.captures(full)?.get(1)?;
        let before = &full[..found.start()];
        let named = before.starts_with('据') && before.chars().count() <= 12;
        let opens = named || before.chars().all(|c| !c.is_alphanumeric());
        opens.then(|| clip(found.as_str(), FAR_QUOTE_CHARS).into_owned())
    }

    /// A place elsewhere that a sentence names.
    pub fn far_place(&self, sentence: &str) -> Option<String> {
        let found = self.far.captures(sentence)?.get(1)?.as_str();
        Some(clip(found, FAR_QUOTE_CHARS).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(sentence: &str, counted: bool) -> Option<&'static str> {
        let clause = sentence.rsplit('，').next().unwrap();
        let published = "2026-05-11".parse().ok();
        Hedges::default().of_fact(Spot { sentence, before: sentence, clause, counted }, published).map(|h| h.kind)
    }

    #[test]
    fn contexts_are_told_apart() {
        assert_eq!(kind("防汛演练模拟3人被困", true), Some("演练"));
        assert_eq!(kind("如果不修，再出事就是3人死亡", true), Some("假设或防范"));
        assert_eq!(kind("2015年爆炸造成5人死亡", true), Some("历史"));
        assert_eq!(kind("去年造成5人死亡", true), Some("历史"));
        assert_eq!(kind("去年投产的厂今天爆炸，造成5人死亡", true), None);
        assert_eq!(kind("2026年5月10日爆炸造成5人死亡", true), None);
        assert_eq!(kind("2025年12月1日爆炸造成5人死亡", true), Some("历史"));
        assert_eq!(kind("上半年共发生火灾12起，5人死亡", true), Some("统计"));
        assert_eq!(kind("可能因燃气泄漏爆炸，造成3人死亡", true), None);
        assert_eq!(kind("这里经常发生车祸", false), Some("泛指"));
    }

    #[test]
    fn far_places_need_more_than_coming_from_there() {
        let hedges = Hedges::default();
        assert_eq!(hedges.far_place("四川宜宾一煤矿透水").as_deref(), Some("四川宜宾一煤…"));
        for near in ["开往上海的客车侧翻", "从浙江回来的人", "在南京路与中山路口", "吃了一碗重庆口味的面"]
        {
            assert_eq!(hedges.far_place(near), None, "{near}");
        }
    }
}
