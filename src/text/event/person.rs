//! Words for people (人): who can be the subject of a fate, and who stands in a list of the dead.

use super::grammar::tail;

/// Who can be the subject of 死了.
const PERSON_SUBJECTS: [&str; 80] = [
    "产妇",
    "孕妇",
    "宝妈",
    "孙子",
    "孙女",
    "老丈人",
    "丈母娘",
    "岳父",
    "岳母",
    "小舅子",
    "侄子",
    "外甥",
    "徒弟",
    "工友",
    "同事",
    "同学",
    "闺女",
    "媳妇",
    "对象",
    "骑手",
    "矿工",
    "护士",
    "人",
    "老人",
    "孩子",
    "小孩",
    "娃",
    "司机",
    "工人",
    "男子",
    "女子",
    "妈妈",
    "爸爸",
    "妈",
    "爸",
    "者",
    "员",
    "学生",
    "姐",
    "哥",
    "叔",
    "民",
    "客",
    "友",
    "师傅",
    "爹",
    "娘",
    "爷爷",
    "奶奶",
    "外公",
    "外婆",
    "儿子",
    "女儿",
    "丈夫",
    "老公",
    "老婆",
    "妻子",
    "邻居",
    "某",
    "弟",
    "妹",
    "婶",
    "舅",
    "太太",
    "大爷",
    "大妈",
    "大叔",
    "阿姨",
    "老头",
    "老太",
    "小伙",
    "小伙子",
    "姑娘",
    "婴儿",
    "女婴",
    "男婴",
    "男孩",
    "女孩",
    "男的",
    "女的",
];
/// Who is one person, by the end of what they are called.
pub const KIN: &str = "爸 爸爸 妈 妈妈 爹 娘 父亲 母亲 爷爷 奶奶 外公 外婆 姥姥 姥爷 公公 婆婆 岳父 岳母 丈人 丈母娘 老婆 老公 妻子 丈夫 媳妇 爱人 \
    儿子 女儿 闺女 孙子 孙女 外孙 外孙女 哥 哥哥 姐 姐姐 弟 弟弟 妹 妹妹 嫂 嫂子 叔 叔叔 婶 婶婶 姑 姑姑 姑妈 舅 舅舅 舅妈 姨 侄子 侄女 \
    外甥 外甥女 舅爷 姑爷 姨父 姑父 舅妈 大舅 二舅 三舅 大伯 二叔 三叔 小叔 大姨 小姨 表叔 堂叔 太爷 太太 老人家 新郎 新娘 伴娘 伴郎 儿媳妇 孙媳妇 女工 小工 厨子 帮厨 女婿 儿媳 伯 伯伯 伯父 伯母 孩子 小孩 娃 娃娃 宝宝 婴儿 胎儿 邻居 同事 工友 朋友 同学 徒弟 师傅 老板 老板娘 司机 乘客 \
    工人 保安 队长 班长 组长 厂长 村长 书记 主任 经理 老师 医生 护士 学生 老人 老汉 老太 老太太 老头 男子 女子 男孩 女孩 男童 女童 小伙 \
    小伙子 姑娘 大爷 大妈 大叔 大姐 大哥 大娘 阿姨 店主 房东 租客 路人 行人 村民 民工 焊工 电工 保姆 未婚妻 未婚夫 女友 男友 女朋友 \
    男朋友 对象 骑手 驾驶员 安全员 售票员 操作工 服务员 营业员 收银员 辅警 民警 消防员 队员 战士 堂弟 堂哥 堂妹 堂姐 表弟 表哥 表姐 表妹 室友 \
    班主任 教练 导游 船主 船工 车主 厨师 帮工 学徒 搭档 亲家 小姨子 小舅子 母 父 妻 子 女";
/// Between a subject and 死了.
const SUBJECT_FILLERS: [&str; 28] = [
    "今早", "今晨", "今天", "今晚", "昨天", "昨夜", "前天", "前晚", "凌晨", "上午", "下午", "中午", "夜里", "晚上",
    "最后", "就", "也", "已经", "已", "都", "当场", "被", "活活", "当时", "直接", "全", "可能", "昨晚",
];
/// Whether somebody is spoken of in the last clauses of what stands before.
pub fn somebody(before: &str) -> bool {
    const WHO: [&str; 24] = [
        "孩子", "小孩", "娃", "老人", "学生", "工人", "大爷", "大妈", "阿姨", "男子", "女子", "女孩", "男孩", "小伙",
        "姑娘", "骑手", "司机", "同学", "老太", "老头", "我爸", "我妈", "儿子", "女儿",
    ];
    let near = tail(before, SOMEBODY_CHARS_MAX);
    WHO.iter().any(|word| near.contains(word))
}

/// How far before a word of harm its person may stand, in characters.
const SOMEBODY_CHARS_MAX: usize = 16;

/// Whether a person stands right before, as the subject.
pub fn person_subject(before: &str) -> bool {
    let mut rest = tail(before, 10);
    while let Some(shorter) = SUBJECT_FILLERS.iter().find_map(|filler| rest.strip_suffix(filler)) {
        rest = shorter;
    }
    // 帮工的老刘
    let called = tail(rest, 2);
    let named = called.starts_with(['老', '小', '阿'])
        && called.chars().count() == 2
        && called.ends_with(|c| super::group::FAMILY.contains(c));
    PERSON_SUBJECTS.iter().any(|person| rest.ends_with(person)) || kin(rest) > 0 || named
}

/// How many words for people stand at the end of a piece, one right behind the other: 岳父岳母 are two.
pub fn kin(piece: &str) -> usize {
    let mut rest = piece;
    let mut found = 0;
    // 母、子: one character is a person only by itself.
    let whose = [
        '他', '她', '我', '你', '俺', '咱', '其', '家', '的', '老', '小', '大', '二', '三', '前', '堂', '表', '亲',
        '大',
    ];
    let whole = |person: &str, rest: &str| {
        person.chars().count() > 1 || person.len() == rest.len() || rest[..rest.len() - person.len()].ends_with(whose)
    };
    let last = |rest: &str| {
        let ends = |person: &&str| rest.ends_with(*person) && whole(person, rest);
        KIN.split_whitespace().filter(ends).map(str::len).max()
    };
    while let Some(length) = last(rest) {
        found += 1;
        rest = rest[..rest.len() - length].trim_end_matches(['老', '小', '大', '他', '她', '我']);
        if rest.ends_with('的') {
            break;
        }
    }
    found
}
