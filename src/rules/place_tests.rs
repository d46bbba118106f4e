//! Places as they are found with the office's own rules.

use std::path::PathBuf;

use super::shipped::{ANALYSER, shared};
use crate::domain::mention::MentionInput;
use crate::text::analysis::Analysis;
use crate::text::place::{FoundPlace, Locality, Whereabouts, locality};

fn analyse(text: &str) -> Analysis {
    ANALYSER.analyse(&MentionInput { text: text.to_owned(), ..MentionInput::default() })
}

/// Names with `+region`, `-elsewhere` or `?`.
fn shown(text: &str) -> String {
    let places = analyse(text).places;
    let one = |place: &FoundPlace| {
        let of = match &place.whereabouts {
            Whereabouts::Ours(region) => format!("+{region}"),
            Whereabouts::Elsewhere(of) => format!("-{of}"),
            Whereabouts::Unknown => "?".to_owned(),
        };
        format!("{}{of}", place.name)
    };
    places.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_higher_unit_says_where_a_town_lies() {
    assert_eq!(shown("东莞市长安镇一家电子厂起火"), "东莞市-东莞市 长安镇-东莞市");
    assert_eq!(shown("绩溪县长安镇的桥断了"), "绩溪县+jixi 长安镇+jixi");
    assert_eq!(shown("长安镇的桥断了"), "长安镇+jixi");
    assert_eq!(shown("东莞昨晚下暴雨，长安镇一厂房塌了"), "东莞-东莞市 长安镇-东莞市");
    assert_eq!(shown("北京市大兴区黄村镇的集市"), "北京市-北京市 大兴区-北京市 黄村镇-北京市");
}

#[test]
fn a_road_named_after_a_place_is_not_that_place() {
    assert_eq!(shown("合肥绩溪路上排队三小时"), "合肥-合肥市 绩溪路-合肥市");
    assert_eq!(shown("宣城路又堵了"), "宣城路?");
    assert_eq!(shown("合肥市宁国路小学门口太挤"), "合肥市-合肥市 宁国路小学-合肥市");
    assert_eq!(shown("浙江湖州“敬亭山庄”着火"), "浙江-浙江省 湖州-湖州市 敬亭山-湖州市");
    assert_eq!(locality(&analyse("北京路的红绿灯坏了").places), Locality::Unknown);
}

#[test]
fn what_has_a_place_s_form_is_one_name() {
    assert_eq!(shown("青梧新区澜湖小区自来水发黄"), "青梧新区? 澜湖小区?");
    assert_eq!(shown("路过青梧大道看到交警"), "青梧大道?");
    assert_eq!(shown("老旧小区的道路和农村的水泥路"), "");
    assert_eq!(shown("宣州区第十二小学有孩子被打"), "宣州区+xuanzhou 第十二小学+xuanzhou");
}

#[test]
fn who_comes_from_there_and_who_is_called_so_says_not_where() {
    let at = |text: &str| locality(&analyse(text).places);
    assert_eq!(at("宣城男子在杭州坠楼"), Locality::Elsewhere);
    assert_eq!(at("合肥游客在泾县桃花潭落水"), Locality::Ours);
    assert_eq!(at("郑州地铁进水，宣城的地下通道会不会也这样"), Locality::Elsewhere);
    assert_eq!(at("开往上海的客车侧翻"), Locality::Unknown);
    assert_eq!(at("吃了一碗兰州拉面"), Locality::Unknown);
    assert_eq!(at("@宣城发布 路坏了"), Locality::Unknown);
    assert_eq!(at("安徽一化工厂爆炸"), Locality::Unknown);
}

#[test]
fn one_place_has_one_key() {
    let key = |text: &str| analyse(text).places.last().map(FoundPlace::key);
    assert_eq!(key("宣州区第十二小学"), key("宣州区十二小"));
    assert_eq!(key("绩溪县的路"), key("绩溪的路"));
}

/// Towns elsewhere that are called as ours are: `../shared/data/field/judge/towns_elsewhere.dev.jsonl`, or the file that
/// `HUIYING_TOWNS` names.
#[test]
fn towns_elsewhere_are_elsewhere() {
    let named = std::env::var_os("HUIYING_TOWNS").map(PathBuf::from);
    let Some(file) = named.or_else(|| shared("field/judge/towns_elsewhere.dev.jsonl")) else { return };
    let text = std::fs::read_to_string(file).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let (text, region) = (row["text"].as_str().unwrap(), row["region"].as_str().unwrap());
        let analysis = analyse(text);
        let first = analysis.regions.first().map_or("none", |region| region.as_str());
        if first != region {
            wrong.push(format!("{text}: {first}, not {region} ({})", shown(text)));
        }
    }
    println!("towns: {} of {} right", text.lines().count() - wrong.len(), text.lines().count());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
