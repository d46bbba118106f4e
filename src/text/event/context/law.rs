//! Laws and definitions (法规与定义): numbers that bound a grade and report nothing.

/// Whether a sentence with a bounded number is one of a law.
pub fn is_law(sentence: &str) -> bool {
    let words = [
        "是指",
        "指造成",
        "的为",
        "的，为",
        "的,为",
        "情形之一",
        "分级标准",
        "有期徒刑",
        "条例",
        "规定",
        "以下的",
        "以上的",
        "属于",
        "划分",
        "判定",
        "标准",
        "等级",
        "认定为",
        "处罚",
        "罚款",
        "第三条",
        "严防",
        "杜绝",
        "办法",
        "应当",
        "立案",
        "追究",
        "不发生",
        "未发生",
        "以下",
    ];
    words.iter().any(|word| sentence.contains(word))
}

/// Whether a sentence defines a grade.
pub fn is_definition(sentence: &str) -> bool {
    // 死亡3人以下为一般火灾，3人以上10人以下为较大火灾
    let graded = ["为一般", "为较大", "为重大", "为特别重大"].iter().any(|word| sentence.contains(word));
    if graded && (sentence.contains("以下为") || sentence.contains("以上为")) {
        return true;
    }
    [
        "是指",
        "指造成",
        "的，为特别重大",
        "的，为重大",
        "的，为较大",
        "的，为一般",
        "的为特别重大",
        "的为重大",
        "的为较大",
        "情形之一",
        "即死亡",
    ]
    .iter()
    .any(|word| sentence.contains(word))
}

/// Where a rule stands that is cited.
const CITED: [&str; 11] =
    ["预案", "规定", "条例", "办法", "标准", "细则", "刑法", "司法解释", "第三条", "管理法", "责任法"];
/// What a rule lets follow.
const FOLLOWS: [&str; 20] = [
    "启动", "上报", "报告", "应当", "应", "须", "必须", "按", "处", "属", "视为", "认定", "构成", "立案", "追究", "赔",
    "补", "罚", "问责", "响应",
];

/// 按照预案，转移超过5万人启动一级响应: a rule's case and what follows from it. The words that cite it.
pub fn rule(before: &str, fact: &str, after: &str) -> Option<&'static str> {
    let cited = CITED.iter().find(|word| before.contains(**word))?;
    let done = ["已", "造成", "致", "共", "了", "昨", "今", "现场", "目前"]
        .iter()
        .any(|word| before.rsplit(['，', ',', ':']).next().is_some_and(|clause| clause.contains(word)));
    (!done && !fact.contains('了') && FOLLOWS.iter().any(|word| after.contains(word))).then_some(*cited)
}
