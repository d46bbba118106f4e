//! Several nodes on one database at once.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use huiying::acts::author_key::AuthorKey;
use huiying::acts::intake::Intake;
use huiying::acts::{Acts, INCIDENT, SharedRules, verify};
use huiying::domain::instant::Instant;
use huiying::domain::mention::{Channel, MentionInput};
use huiying::engine::{Engine, EngineOptions};
use huiying::rules::Rules;
use huiying::store::{Engine as Database, MentionFilter, Store};
use huiying::text::Analyser;
use huiying::time::ManualClock;

use crate::store::{Db, on_both};

on_both!(two_nodes_open_one_case_for_one_matter);

/// Monday, 2026-05-11T10:00:00+08:00.
const BEGIN: Instant = Instant::from_ms(1_778_464_800_000);
/// One matter each; told by many in nearly the same words.
const MATTERS: [&str; 8] = [
    "宣城市宣州区锦绣花园已经连续停水三天了，打了热线也没人管，老人孩子没法过日子，请有关部门尽快处理",
    "宁国市金桂家园的电梯天天坏，昨天又把人困在里面一个多小时，物业不管不问，业主投诉没有任何结果",
    "广德市碧水新城的开发商收了钱迟迟不交房，已经逾期一年多，业主多次维权没有答复",
    "郎溪县龙泉小区楼下的烧烤店每天营业到凌晨两点，油烟和噪音扰民，多次投诉没有任何结果",
    "泾县清溪佳园门口的路灯坏了两个多月，晚上漆黑一片，已经有两位老人摔伤，反映多次没人修",
    "绩溪县明月雅苑旁边的工地夜里施工到三点，噪音太大根本睡不着，举报了也没有人来",
    "旌德县东湖公馆附近的化工厂夜里偷排废气，气味刺鼻，孩子咳嗽不止，环保投诉没有下文",
    "宣州区丰泽路工地拖欠二十多名农民工工资五个月，讨要多次被推脱，请劳动监察部门介入",
];

fn node(store: Store, rules: &SharedRules, analyser: &Arc<Analyser>) -> Engine {
    let clock = Arc::new(ManualClock::new(BEGIN));
    let options = EngineOptions { author_key: Some(AuthorKey::random().unwrap()), ..EngineOptions::default() };
    Engine::new(store.clone(), Acts::new(store, rules.clone()), rules.clone(), analyser.clone(), clock, options)
}

/// `HUIYING_COPIES` says how often each matter is told.
async fn two_nodes_open_one_case_for_one_matter(db: Db) {
    let copies = std::env::var("HUIYING_COPIES").map_or(40, |n| n.parse().expect("HUIYING_COPIES: a number"));
    let rules = Rules::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).unwrap();
    let rules: SharedRules = Arc::new(ArcSwap::from_pointee(rules));
    let analyser = Arc::new(Analyser::new(rules.load().vocabulary()));
    let (one, two) = (node(db.store.clone(), &rules, &analyser), node(db.again().await, &rules, &analyser));
    let intake = Intake::throw_away(&db.store).unwrap();
    let posts: Vec<_> = (0..copies * MATTERS.len())
        .map(|n| {
            let input = MentionInput {
                id: Some(n.to_string()),
                source: Some("nodes".into()),
                channel: Channel::Weibo,
                text: format!("{}{}", MATTERS[n % MATTERS.len()], ["。", "！", "。求扩散"][n % 3]),
                ..MentionInput::default()
            };
            intake.accept(input, None, &rules.load(), BEGIN, true).unwrap()
        })
        .collect();
    intake.store(&posts).await.unwrap();

    let (first, second) = tokio::join!(one.ingest_all(BEGIN), two.ingest_all(BEGIN));
    let taken = match db.store.engine() {
        Database::Postgres => {
            let (first, second) = (first.unwrap(), second.unwrap());
            first.taken + second.taken
        }
        // Two nodes on one file are no way to work: what one was at, the other finds done.
        Database::Sqlite => posts.len().min(first.unwrap().taken + second.unwrap().taken),
    };
    assert_eq!(taken, posts.len(), "each is taken up once");
    assert_eq!(db.store.stream_count(INCIDENT).await.unwrap(), i64::try_from(MATTERS.len()).unwrap());
    let mentions = db.store.mentions(&MentionFilter::default(), None, 10_000).await.unwrap();
    for (n, text) in MATTERS.iter().enumerate() {
        let of: BTreeSet<_> =
            mentions.iter().filter(|row| row.text.starts_with(text)).map(|row| &row.incident).collect();
        assert!(of.len() == 1 && of.iter().all(|incident| incident.is_some()), "matter {n} stands in {of:?}");
    }
    assert!(verify(&db.store, |_| ()).await.unwrap().broken.is_empty());
}
