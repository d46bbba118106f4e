//! Nouns of people behind a number (量词后的人): 三个工人, 两测量员, 五个赶集的, 第三名遇难者.

/// Words that may follow 个 when it counts people.
pub const PERSONS: [&str; 97] = [
    "汉子",
    "人",
    "孩",
    "学生",
    "工人",
    "大人",
    "老人",
    "村民",
    "同学",
    "娃",
    "女",
    "男",
    "幼",
    "乘客",
    "员工",
    "职工",
    "居民",
    "工友",
    "小伙",
    "学徒",
    "师傅",
    "大爷",
    "大妈",
    "老头",
    "老太",
    "司机",
    "路人",
    "邻居",
    "朋友",
    "兄弟",
    "民工",
    "顾客",
    "游客",
    "伤",
    "死",
    "病",
    "小朋友",
    "小孩",
    "小学生",
    "小姑娘",
    "小年轻",
    "小男",
    "小女",
    "小娃",
    "中学生",
    "大学生",
    "高中生",
    "初中生",
    "农民",
    "外地",
    "本地",
    "保安",
    "护士",
    "医生",
    "老师",
    "家长",
    "家属",
    "消防",
    "民警",
    "警察",
    "协警",
    "骑手",
    "快递",
    "外卖",
    "环卫",
    "阿姨",
    "大叔",
    "大姐",
    "大哥",
    "大娘",
    "老汉",
    "老伯",
    "老乡",
    "矿工",
    "焊工",
    "电工",
    "瓦工",
    "木工",
    "船员",
    "驴友",
    "租客",
    "住户",
    "业主",
    "租户",
    "群众",
    "客人",
    "食客",
    "旅客",
    "患者",
    "孕妇",
    "产妇",
    "宝宝",
    "年轻人",
    "姑娘",
    "亲戚",
    "家人",
    "农民工",
];
/// 第三名遇难者, 第12具遗体: so many are dead.
pub fn tells_dead(rest: &[(usize, char)]) -> bool {
    let near: String = rest.iter().take(6).map(|(_, c)| *c).collect();
    near.starts_with(['名', '位', '具', '个', '例'])
        && ["遇难", "死者", "罹难", "遗体", "死难", "失联者遗", "失踪者遗", "死亡病例"]
            .iter()
            .any(|word| near.contains(word))
}

/// 五个拉客的, 25个赶集的: whoever does so, at the end of a clause.
pub fn who_does(rest: &[(usize, char)]) -> bool {
    let near: Vec<char> = rest.iter().skip(1).take(7).map(|(_, c)| *c).collect();
    let Some(at) = near.iter().position(|c| *c == '的') else { return false };
    let plain = near[..at].iter().all(|c| !"，。、是".contains(*c)) && at >= 2;
    if !plain {
        return false;
    }
    let behind: String = rest.iter().skip(at + 2).take(4).map(|(_, c)| *c).collect();
    behind.is_empty()
        || behind.starts_with(|c| "，。,;:!?全都也没被当一死伤已均".contains(c))
        || is_person_noun(&behind)
        || PERSONS.iter().any(|person| person.chars().count() > 1 && behind.starts_with(person))
        || begins_kin(&behind)
}

/// 两个孙女, 三个外甥: whoever is called by kinship.
pub fn begins_kin(rest: &str) -> bool {
    super::person::KIN.split_whitespace().any(|person| person.chars().count() > 1 && rest.starts_with(person))
}

/// 测量员, 初中生: a noun of a person by its last character.
pub fn names_person(rest: &str) -> bool {
    let near: Vec<char> = rest.chars().take(4).collect();
    const SPANS: [&str; 15] =
        ["月", "小时", "星期", "礼拜", "多月", "多小时", "半", "年", "学期", "季", "省", "市", "县", "镇", "村"];
    let span = SPANS.iter().any(|span| rest.starts_with(span)) || rest.starts_with('区');
    !span && near.iter().skip(1).any(|c| "员生工师娃民客友兵警童".contains(*c))
}

/// `一男子`, `两工人`: a person without a measure word.
pub fn is_person_noun(rest: &str) -> bool {
    const NOUNS: [&str; 66] = [
        "兄弟",
        "姐妹",
        "初中生",
        "高中生",
        "小学生",
        "大学生",
        "中学生",
        "人员",
        "护士",
        "医生",
        "队员",
        "战士",
        "民警",
        "辅警",
        "干部",
        "保安",
        "保洁",
        "租客",
        "顾客",
        "客人",
        "孕妇",
        "婴儿",
        "幼儿",
        "病人",
        "男子",
        "女子",
        "男孩",
        "女孩",
        "老人",
        "学生",
        "工人",
        "村民",
        "司机",
        "乘客",
        "儿童",
        "男童",
        "女童",
        "幼童",
        "居民",
        "孩子",
        "小孩",
        "员工",
        "女生",
        "男生",
        "游客",
        "矿工",
        "民工",
        "工友",
        "师生",
        "群众",
        "住户",
        "业主",
        "市民",
        "儿",
        "船员",
        "消防员",
        "路人",
        "驴友",
        "少年",
        "青年",
        "女工",
        "农民",
        "伤者",
        "死者",
        "伤员",
        "干警",
    ];
    // 一幼儿园, 一老人院: a house, no person.
    let house = rest.chars().nth(2).is_some_and(|c| matches!(c, '园' | '院' | '公' | '宿' | '活'));
    !house && NOUNS.iter().any(|noun| rest.starts_with(noun))
}
