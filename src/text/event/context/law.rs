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
