//! How words stand together (语法): what links a number to a fate, what cuts it off, what takes a fate back, and who can be
//! its subject. Lists of words, and the questions that are asked of them.

/// Between a fate and the number behind it.
const LINK_AFTER: [&str; 143] = [
    "最终",
    "确定",
    "锁定",
    "涨",
    "变",
    "数字",
    "(",
    "一共",
    "总共",
    "合计",
    "加起来",
    "足足",
    "整整",
    "快",
    "差不多",
    "患者",
    "病患",
    "病人",
    "伤员",
    "伤者",
    "经核对",
    "核对",
    "经核查",
    "复核",
    "出炉",
    "来",
    "那",
    "身份",
    "确认",
    "有更正",
    "有变化",
    "，应为",
    "应为",
    "，实为",
    "，现为",
    "诺如病毒",
    "病毒",
    "诺如",
    "甲流",
    "流感",
    "手足口",
    "名单",
    "公布",
    "如下",
    "修正",
    "调整",
    "订正",
    "变更",
    "分别系",
    "均系",
    "系",
    "搭",
    "，涉及",
    "，波及",
    "，累计",
    "，共",
    "经评估",
    "经核定",
    "经统计",
    "经初步",
    "评估",
    "核定",
    "统计",
    "估算",
    "测算",
    "人口",
    "定格",
    "停留",
    "在",
    "初步",
    "大概",
    "就",
    "较重",
    "严重",
    "邻居",
    "路人",
    "行人",
    "亲属",
    "家人",
    "同事",
    "预计",
    "估计",
    "高达",
    "大约",
    "将近",
    "一家",
    "妻子",
    "女儿",
    "儿子",
    "乘客",
    "无辜",
    "的",
    "人数",
    "总数",
    "人员",
    "群众",
    "居民",
    "村民",
    "师生",
    "学生",
    "工人",
    "员工",
    "住户",
    "游客",
    "者",
    "周边",
    "附近",
    "受影响",
    "已经",
    "已",
    "共计",
    "共有",
    "共",
    "约",
    "分别为",
    "分别是",
    "为",
    "是",
    "达到",
    "达",
    "到",
    "至少",
    "至",
    "上升",
    "升",
    "增加",
    "增",
    "超过",
    "超",
    "逾",
    "了",
    "有",
    ":",
    "仅",
    "近",
    "多达",
    "数",
    "出",
    "过",
    "危险区",
    "更新",
    "更正",
    "病例",
];
/// What cuts a number off from a fate behind it: `2名医生称…致1人死亡`.
const CUT: [&str; 33] = [
    "财产", "资金", "存款", "致", "造成", "导致", "引发", "称", "说", "表示", "看到", "发现", "负责", "调查", "家属",
    "赶到", "到场", "前往", "扑救", "参与", "处置", "出动", "组织", "目击", "赶赴", "开展", "将", "把", "核载", "以下",
    "里有", "中有", "撞向",
];
/// Right before a fate or its number: it did not happen.
const NOT: [&str; 11] = ["无", "没有", "没", "未", "零", "未见", "不会", "不", "未曾", "非", "避免"];
/// What may stand between `没有` and the fate.
const NOT_FILLERS: [&str; 21] = [
    "车辆", "房屋", "人员", "任何", "造成", "发生", "出现", "导致", "报告", "学生", "群众", "更多", "重大", "其他",
    "人", "一", "有", "及", "或", "游客", "乘客",
];
/// Right behind a word: it is a term, not a report.
pub const TERM: [&str; 35] = [
    "多年",
    "率",
    "证",
    "赔偿",
    "抚恤",
    "补助",
    "补偿",
    "风险",
    "威胁",
    "通知",
    "名单",
    "待遇",
    "保险",
    "登记",
    "原因",
    "部",
    "科",
    "病区",
    "报销",
    "费",
    "险",
    "手续",
    "医保",
    "标准",
    "鉴定",
    "情况",
    "救治能力",
    "条件",
    "押金",
    "时间",
    "证明",
    "事故处理",
    "楼",
    "门诊",
    "知识",
];
/// What dies without being a person: 3口鱼塘大量死鱼.
pub const NOT_PERSONS: [&str; 27] = [
    "鱼", "猪", "鸡", "鸭", "鹅", "牛", "羊", "狗", "猫", "虾", "蟹", "蜂", "禽", "畜", "树", "苗", "草", "鸟", "电脑",
    "手机", "蚕", "兔", "庄稼", "植物", "花", "宠物", "鼠",
];
/// `一条生命` alone is a figure of speech; a life is lost where the sentence says so.
pub const LOST: [&str; 20] = [
    "命案",
    "搭进去",
    "搭上",
    "丢了",
    "害了",
    "赔进",
    "夺走",
    "夺去",
    "失去",
    "丧失",
    "葬送",
    "带走",
    "消逝",
    "没了",
    "逝去",
    "闹出",
    "出了",
    "索走",
    "换来",
    "赔上",
];
/// Hurt of these kinds is an event, however it is told.
pub const VIOLENT: [&str; 15] = [
    "血淋淋",
    "血流了一地",
    "血流一地",
    "血流满地",
    "脱臼",
    "头破",
    "腿伤",
    "烧起泡",
    "捅伤",
    "砍伤",
    "刺伤",
    "炸伤",
    "捅了",
    "砍了",
    "撞飞",
];
/// Somebody is looked for.
pub const SEARCH: [&str; 19] = [
    "手电找",
    "都在找",
    "一起找",
    "分头找",
    "四处寻",
    "帮忙找",
    "帮着找",
    "四处找",
    "到处找",
    "寻人",
    "搜救",
    "搜寻",
    "搜山",
    "搜了",
    "救援队",
    "打捞",
    "搜索",
    "带人找",
    "进山找",
];
/// Words of loss that are said of keys as well: of people only beside an accident, or where they are looked for.
pub const LOST_SIGHT_OF: [&str; 5] = ["找不着", "找不到了", "找不见", "寻不", "没找见"];
/// Everybody spoken of before.
pub const ALL: [&str; 12] = ["全部", "全都", "全员", "全", "都", "均已", "均", "皆", "悉数", "双双", "无一", "一同"];
/// It replaces what was said before.
pub const REVISED: [&str; 18] = [
    "实际死",
    "实际遇难",
    "实为",
    "刷新为",
    "上调至",
    "增至",
    "升至",
    "上升",
    "增加到",
    "增加至",
    "更新为",
    "更正为",
    "更正",
    "修正为",
    "改为",
    "变成",
    "最新",
    "增到",
];
/// Before a number that a later one takes back.
pub const EARLIER: [&str; 22] = [
    "本以为",
    "还以为",
    "此前",
    "先前",
    "原先",
    "原通报",
    "原报道",
    "原报",
    "最初",
    "起初",
    "开始说",
    "一开始",
    "早上说",
    "早上还",
    "上午说",
    "上午还",
    "昨天说",
    "昨天还",
    "初步通报",
    "首次通报",
    "之前说",
    "之前报",
];
/// It comes on top of what was said before.
pub const MORE: [&str; 9] = ["又有", "再有", "另有", "另外", "再添", "新增", "又一", "又添", "又发现"];
/// Longest gap between a number and the fate behind it, in characters.
pub const GAP_CHARS_MAX: usize = 15;
/// The same where no other word of harm stands between.
pub const GAP_CHARS_LONG: usize = 22;
/// How much is looked at right before a fate for a negation, in characters.
const NOT_CHARS_MAX: usize = 10;
/// What ends a clause.
pub const CLAUSE_END: [char; 12] = ['，', ',', '。', ';', ':', '!', '?', '(', ')', '“', '”', '…'];

/// Whoever stands beside a number of others without one of their own: 教练和两名学员.
pub const BESIDE_OTHERS: [&str; 16] = [
    "教练",
    "司机",
    "驾驶员",
    "老师",
    "店主",
    "老板",
    "老板娘",
    "船长",
    "机长",
    "妻子",
    "丈夫",
    "母亲",
    "父亲",
    "队长",
    "班长",
    "工头",
];

/// What kills in jest: 被这首歌杀死了.
pub const IN_JEST: [&str; 12] =
    ["歌", "剧", "梗", "眼神", "笑容", "颜值", "作业", "蚊子", "加班", "论文", "可爱", "声音"];

/// What befalls somebody, in a sentence that then tells of a death.
pub const STRUCK: [&str; 36] = [
    "被撞",
    "车撞",
    "撞的",
    "撞上",
    "撞到",
    "撞出",
    "撞飞",
    "轧",
    "碾",
    "卷到",
    "卷进",
    "卷入",
    "砸",
    "压在",
    "压住",
    "摔下",
    "摔了下",
    "摔到",
    "触电",
    "电到",
    "淹",
    "掉下",
    "掉进",
    "掉到",
    "跌下",
    "跌进",
    "跌落",
    "滚下",
    "滑进",
    "翻下",
    "翻到",
    "塌下来",
    "捅",
    "砍",
    "呛",
    "煤气",
];

/// Who may stand behind 走了三个.
pub const GONE: [&str; 22] = [
    "同学",
    "同事",
    "老乡",
    "乡亲",
    "亲人",
    "邻居",
    "朋友",
    "娃",
    "娃娃",
    "老师",
    "姑娘",
    "孩子",
    "工人",
    "人",
    "学生",
    "老人",
    "小伙",
    "小伙子",
    "兄弟",
    "工友",
    "乘客",
    "村民",
];

/// Whether nothing but link words stands between a fate and the number behind it.
pub fn linked(gap: &str) -> bool {
    let mut rest = gap;
    while let Some(next) = LINK_AFTER.iter().find_map(|link| rest.strip_prefix(link)) {
        rest = next;
    }
    rest.is_empty()
}

/// Whether a number reaches the fate behind it over this gap.
pub fn reaches(gap: &str, chars_max: usize) -> bool {
    // 3人(张某、李某、王某)死亡: what stands in brackets is no distance.
    let gap = match (gap.find('('), gap.find(')')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &gap[..open], &gap[close + 1..]),
        _ => gap.to_owned(),
    };
    gap.chars().count() <= chars_max
        && !gap.contains(CLAUSE_END)
        && !gap.contains('、')
        && !CUT.iter().any(|word| gap.contains(word))
}

/// Whether what stands before a fate or its number takes it back.
pub fn negated(before: &str) -> bool {
    let mut rest = tail(before, NOT_CHARS_MAX);
    // 不幸, 没多久: those are no negations.
    if rest.ends_with("不幸") {
        return false;
    }
    loop {
        if NOT.iter().any(|not| rest.ends_with(not)) {
            return true;
        }
        match NOT_FILLERS.iter().find_map(|filler| rest.strip_suffix(filler)) {
            Some(shorter) => rest = shorter,
            None => return false,
        }
    }
}

/// Whether a fact between these is taken back: 不是死了五个, 说死了8个不对. A question behind it (…了吗？) makes it a cry.
pub fn not_so(before: &str, after: &str) -> bool {
    let said = before.trim_end_matches(['说', '什', '么', '因', '为', '被', '有', '“']);
    let cried =
        after.trim_start_matches(['了', '人']).starts_with(['吗', '嘛', '?', '才', '就']) || after.ends_with('?');
    let so = ["这不是", "可不是", "还不是", "是不是", "要不是", "不是不是", "就不是", "岂不是", "不都是"];
    if ["不是", "并非", "绝非"].iter().any(|word| said.ends_with(word)) {
        return !cried && !so.iter().any(|word| said.ends_with(word));
    }
    let behind = after.trim_start_matches(['?', '”', '的', '这', '那', '个', '数', '字', '说', '法', '人']);
    ["不对", "不准", "有误", "是错", "说错", "写错", "传错", "搞错", "错了", "错误", "是假", "不是真"]
        .iter()
        .any(|word| behind.starts_with(word))
}

/// The last `chars` characters.
pub fn tail(text: &str, chars: usize) -> &str {
    match text.char_indices().rev().nth(chars.saturating_sub(1)) {
        Some((at, _)) => &text[at..],
        None => text,
    }
}
