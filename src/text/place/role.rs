//! What a place does in its text, by the words around it.

use regex::Regex;

use super::{PlaceKind, PlaceRole};

/// Characters before and behind a name that are looked at.
pub const AROUND_CHARS: usize = 8;

/// Somebody from there, wherever they are now.
const PERSON: &str = "^(?:的?(?:医生|专家|大夫|医疗队|救援队|医疗专家|亲戚|记者|客商)|籍|来的|过来的|牌照|产的|开来的|人(?:士|们)?(?:$|[^民大社才力员口行气事物工武防])|男子|女子|小伙|姑娘|男生|女生|男孩|女孩|老乡|游客|旅客|网友|客商|\
    大妈|大叔|大爷|阿姨|老板|话|口音|方言|媳妇|女婿|一?网友|一?考生)";
/// Names that begin with a place's.
const NAMED_AFTER: &str = "^(?:烤鸭|火锅(?:[^店馆]|$)|小面|拉面|小吃|热干面|米粉|肠粉|小笼|包子|泡面|麻辣烫|冒菜|川菜|菜馆|饭店|饭庄|酒家|酒楼|大牌档|\
    啤酒|白酒|老酒|香醋|陈醋|火腿|银行|大众|现代|奔驰|吉普|汽车|重工|动物|时间|口味|味道?|风味|特产|牌照|号牌|车牌|牌|户口|身份证|卫视|\
    晚报|日报|早报|电视台|大学|师范|理工|工业大学|医科|交通大学|体彩|福彩|青年报|证券|机床|石化|香肠|豆腐|臭豆腐|蜜枣|宣纸|宣笔|毛笔|\
    同乡会|老乡会|商会|校友会|老乡群|茶叶|绿茶|红茶|黄茶|山核桃|板栗|笋干|木瓜|三宝|年糕|馆子|队|站队|主场|女篮|男篮|足球|CBA|cba)";
/// They only go there or come from there.
const ON_THE_WAY: &str = "(?:往|去|(?:^|[^刷看听读翻想说提收搜见遇碰传])到|赴|回|从|自|飞|开|由|至|抵|向|名|属|途经|经|发往|来自|转自|出差|旅游|调任)$";
/// They are taken there, once something has happened: 送合肥抢救, 转上海瑞金医院.
const TAKEN_TO: &str =
    "(?:送|送往|送到|送去|送至|转|转院|转到|转往|转送|转至|转运至|转诊|转入|拉到|运到|运往|飞往|连夜转|急送)$";
const TREATED: &str = "^[^，。！？,!?]{0,7}(?:医院|医大|附院|抢救|救治|治疗|手术|ICU|icu|住院|就医|鼓楼|华山|瑞金|协和|省立|弋矶山|浙二|后|途中|的路上|，|。|$)";
const IN_HOSPITAL: &str =
    "^[^，。！？,!?]{0,7}(?:医院|医大|附院).{0,3}(?:抢救|救治|治疗|手术|ICU|icu|住院|住着|躺着|重症|观察)";
/// It is measured or compared with.
const ASIDE_BEFORE: &str = "(?:距离?|离|邻近|毗邻|靠近|相邻的?|不像|不比|不如|好比|比起|学学|学习|参考|借鉴|类似|如同|提醒|警示|希望|为什么|请)$";
const ASIDE_BEHIND: &str = "^(?:也(?:会|要|该|有|应)|(?:的.{1,6})?会不会|何时|什么时候|要不要|是不是也|有没有|怎么办|的朋友(?:[^发说讲告传]|$)|消防.{0,4}(?:驰援|增援)|\
    驰援|支援|增援|援)";

/// The patterns, compiled once.
pub struct Roles {
    person: Regex,
    named_after: Regex,
    on_the_way: Regex,
    taken_to: Regex,
    treated: Regex,
    in_hospital: Regex,
    aside_before: Regex,
    aside_behind: Regex,
}

impl Default for Roles {
    fn default() -> Self {
        let regex = |pattern: &str| Regex::new(pattern).expect("a constant pattern, compiled by every test");
        Self {
            person: regex(PERSON),
            named_after: regex(NAMED_AFTER),
            on_the_way: regex(ON_THE_WAY),
            taken_to: regex(TAKEN_TO),
            treated: regex(TREATED),
            in_hospital: regex(IN_HOSPITAL),
            aside_before: regex(ASIDE_BEFORE),
            aside_behind: regex(ASIDE_BEHIND),
        }
    }
}

impl Roles {
    /// What a place does between what stands before and behind it.
    pub fn of(&self, before: &str, behind: &str, kind: PlaceKind, ours: bool) -> PlaceRole {
        let wide = matches!(kind, PlaceKind::Country | PlaceKind::Province | PlaceKind::City | PlaceKind::County);
        if !wide {
            return PlaceRole::Site;
        }
        if self.named_after.is_match(behind) {
            return PlaceRole::Name;
        }
        if self.person.is_match(behind) {
            return PlaceRole::Person;
        }
        if self.aside_before.is_match(before) && !before.ends_with("请") || self.aside_behind.is_match(behind) {
            return PlaceRole::Aside;
        }
        let taken = self.taken_to.is_match(before) && self.treated.is_match(behind);
        if !ours && (taken || self.on_the_way.is_match(before) || self.in_hospital.is_match(behind)) {
            return PlaceRole::Person;
        }
        PlaceRole::Site
    }
}
