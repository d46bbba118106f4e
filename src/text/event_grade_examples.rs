//! What the event reader must get right: one line a case, written for this project.

use super::{Analyser, Region, Vocabulary};
use crate::domain::grade::Grade::{self, *};
use crate::domain::mention::MentionInput;

fn analyser() -> Analyser {
    let region =
        |id: &str, name: &str, alias: &str| Region { id: id.into(), name: name.into(), aliases: vec![alias.into()] };
    Analyser::new(Vocabulary {
        regions: vec![region("xuancheng", "宣城市", "宣城"), region("ningguo", "宁国市", "宁国")],
        ..Vocabulary::default()
    })
}

const CASES: &[(&str, Grade)] = &[
    // Accidents: dead.
    ("今晨某矿发生透水，造成3人死亡", Large),
    ("事故已致2人死亡", General),
    ("致9死12伤", Large),
    ("化工厂爆炸，造成10人遇难", Major),
    ("大巴坠河，29人遇难", Major),
    ("三十余人遇难", Extraordinary),
    ("近30人遇难", Major),
    ("截至目前遇难人数上升至36人", Extraordinary),
    ("一家五口在火灾中遇难", Large),
    ("脚手架坍塌，3名工人和1名司机死亡", Large),
    ("2死5伤，救援仍在进行", General),
    ("数十人在爆炸中丧生", Major),
    ("水库边3名学生溺水身亡", Large),
    ("事故夺走了12条生命", Major),
    ("现场发现3具遗体", Large),
    ("小区里一名男子坠楼身亡", General),
    ("母子俩在车祸中不幸身亡", General),
    // Accidents: hurt. Where a text does not say how badly, all count as badly hurt.
    ("12人受伤", Large),
    ("客车侧翻，56人受伤", Major),
    ("上百人受伤送医", Extraordinary),
    ("9人重伤", General),
    ("12人重伤", Large),
    ("60人受伤，其中3人重伤", General),
    ("15人受伤，均为轻伤，无生命危险", General),
    ("爆炸造成1人死亡、52人重伤", Major),
    // Losses.
    ("仓库火灾，直接经济损失约3000万元", Large),
    ("火灾造成直接经济损失800余万元", General),
    ("火灾损失达6000万元", Major),
    ("这场大火造成1.2亿元损失", Extraordinary),
    // Food poisoning.
    ("食堂 110 名学生呕吐腹泻就医", Large),
    ("婚宴后45人腹泻住院", General),
    ("婚宴后20人腹泻住院", None),
    ("学校食堂食物中毒，120名学生就医，1人死亡", Major),
    ("食物中毒，40人送医，1人死亡", Large),
    ("幼儿园午餐后三十多名幼儿呕吐", General),
    ("聚餐食物中毒已有11人死亡", Major),
    // Environment.
    ("氯气泄漏，疏散群众六千余人", Large),
    ("疏散群众六千余人", Large),
    ("苯罐泄漏，1.2万人紧急疏散", Major),
    ("化工园爆炸，周边5万余名居民被疏散", Extraordinary),
    ("氨气泄漏，15人中毒", Large),
    ("泄漏事故造成直接经济损失600万元", Large),
    ("上游偷排导致水源地污染，全镇取水中断", Large),
    ("油罐车泄漏污染水源地，县城自来水停水", Major),
    ("水源地污染，全市自来水停止供水", Extraordinary),
    // Named, and without numbers.
    ("今天发生一起较大道路交通事故", Large),
    ("5月3日凌晨，某厂发生特别重大火灾事故", Extraordinary),
    ("高速上昨晚发生重大交通事故", Major),
    ("挂牌督办重大火灾隐患", None),
    ("刚刚菜市场着火了", General),
    ("昨晚工地塔吊倒塌", General),
    ("景区缆车停了，12人被困", General),
    ("今天中午小区发生爆炸，没有人员伤亡", General),
    // Nothing happened here and now.
    ("防汛演练模拟3人被困", None),
    ("我市开展危化品泄漏应急演练，模拟爆炸造成3人死亡、12人受伤，疏散群众六千余人", None),
    ("2015年曾造成5人死亡", None),
    ("该厂2015年发生爆炸。事故造成5人死亡", None),
    ("去年的火灾造成3人死亡", None),
    ("十年前的矿难夺走30人的生命", None),
    ("如果不整改，迟早要造成3人死亡", None),
    ("严防发生3人以上死亡事故", None),
    ("造成3人以上10人以下死亡的，为较大事故", None),
    ("今年以来全市共发生火灾120起，死亡5人", None),
    ("上半年交通事故死亡人数同比下降12人", None),
    ("网传爆炸造成3人死亡，经核实系谣言", None),
    ("辟谣：宁国爆炸死了10人？假的", None),
    ("电影里爆炸造成30人死亡，特效真好", None),
    ("四川宜宾一煤矿透水，造成17人遇难", None),
    ("据报道，印度一客车坠崖致30人死亡", None),
    ("无人员死亡", None),
    ("路口经常发生车祸，请装红绿灯", None),
    ("楼道堆放杂物，存在火灾隐患", None),
    ("小区3个月没有供水", None),
    ("父亲因病死亡，如何注销户口", None),
    ("死亡赔偿金何时发放", None),
    ("食堂的菜真难吃", None),
    ("笑死我了，3个人笑到肚子疼", None),
    ("我们120户业主的损失谁来赔", None),
    ("池塘里死了300条鱼", None),
    ("几口水塘的鱼大量死亡", None),
    ("那也是一条生命啊", None),
    ("我家损失2000元，交通事故责任没有认定", None),
    ("夜间骑车，损失1500元", None),
    ("这里一旦失火就会发生重大火灾", None),
    ("居然发生如此重大的安全责任事故", None),
    ("二人财产都转移了", None),
    ("游客中心新增3名工作人员", None),
    ("", None),
    // Ours although a far place is named, and now although the past is.
    ("从上海开往宁国的客车侧翻，造成3人死亡", Large),
    ("宁国一工地坍塌致3死，与江苏某公司有关", Large),
    ("去年投产的化工厂今天爆炸，造成5人死亡", Large),
];

#[test]
fn every_case_is_graded_and_every_grade_is_cited() {
    let analyser = analyser();
    let mut wrong = Vec::new();
    for (text, grade) in CASES {
        let analysis = analyser.analyse(&MentionInput { text: (*text).into(), ..Default::default() });
        let reasons: Vec<&str> =
            analysis.reasons.iter().filter(|r| r.of == "event_grade").map(|r| r.why.as_str()).collect();
        if analysis.event_grade != *grade {
            wrong.push(format!("{text}: {:?}, expected {grade:?}: {reasons:?}", analysis.event_grade));
        }
        if *grade > None && !reasons.iter().any(|why| why.contains('（') && why.contains('“')) {
            wrong.push(format!("{text}: no cited reason: {reasons:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}

#[test]
fn the_publication_tells_history_from_news() {
    let analyser = analyser();
    let grade = |text: &str, at: &str| {
        let published_at = Some(at.parse().unwrap());
        analyser.analyse(&MentionInput { text: text.into(), published_at, ..Default::default() }).event_grade
    };
    let text = "2026年5月3日，宁国一化工厂爆炸，造成3人死亡";
    assert_eq!(grade(text, "2026-05-04"), Large);
    assert_eq!(grade(text, "2027-05-04"), None);
}

#[test]
fn a_title_that_calls_it_a_drill_takes_back_the_text() {
    let mention = MentionInput {
        title: Some("宁国市举行应急演练".into()),
        text: "上午9时，罐区发生爆炸，造成3人死亡。".into(),
        ..Default::default()
    };
    let analysis = analyser().analyse(&mention);
    assert_eq!(analysis.event_grade, None);
    assert!(analysis.reasons.iter().any(|r| r.why.contains("演练")), "{:?}", analysis.reasons);
}

#[test]
fn the_senders_region_holds_unless_the_text_begins_elsewhere() {
    let analyser = analyser();
    let grade = |text: &str| {
        let region = Some("ningguo".into());
        analyser.analyse(&MentionInput { text: text.into(), region, ..Default::default() }).event_grade
    };
    assert_eq!(grade("今晨一客车侧翻，车上是江苏来的游客，造成3人死亡"), Large);
    assert_eq!(grade("据央视新闻，四川一煤矿今晨透水，造成3人死亡"), None);
}
