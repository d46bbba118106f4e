//! 台账 and 成绩单 of a scenario whose figures were worked out by hand.
//!
//! A: detected 05-11 10:00, published 08:00; ecology had it from 10:30, acknowledged 11:00, answered 05-12 10:30: in time.
//! B: detected 12:00; water had it from 12:10, acknowledged 13:40, answered 05-13 18:00: six hours late.
//! C: dismissed. D: detected 15:00; housing returned it, urban_management had it from 16:00, answered in time but recorded
//! five hours after the due time, approved.

use std::collections::BTreeMap;

use calamine::{Data, DataType, Reader, Xlsx, open_workbook};

use super::{Played, code, json, stderr};

const SCENARIO: &str = include_str!("scenario.jsonl");
const UNTIL: &str = "2026-05-14T00:00:00+08:00";

type Rows = Vec<BTreeMap<String, String>>;

/// A sheet by title and key of its columns, dates as text.
fn sheet(book: &mut Xlsx<std::io::BufReader<std::fs::File>>, name: &str) -> Rows {
    let range = book.worksheet_range(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut rows = range.rows();
    let head: Vec<String> = rows.next().expect("a head").iter().map(ToString::to_string).collect();
    rows.map(|row| head.iter().cloned().zip(row.iter().map(shown)).collect()).collect()
}

fn shown(cell: &Data) -> String {
    match cell {
        Data::DateTime(_) => cell.as_datetime().expect("a date").format("%Y-%m-%d %H:%M:%S").to_string(),
        other => other.to_string(),
    }
}

/// The rows of a .csv by title.
fn csv_rows(path: &std::path::Path) -> Rows {
    let text = std::fs::read_to_string(path).expect("it is there");
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark, so that Excel reads the Chinese");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().expect("a head").clone();
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| head.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect()).collect()
}

fn row<'a>(rows: &'a Rows, key: &str, value: &str) -> &'a BTreeMap<String, String> {
    rows.iter().find(|row| row[key] == value).unwrap_or_else(|| panic!("no row with {key} = {value}: {rows:#?}"))
}

fn assert_row(row: &BTreeMap<String, String>, wanted: &[(&str, &str)]) {
    for (key, value) in wanted {
        assert_eq!(row.get(*key).map(String::as_str), Some(*value), "{key} in {row:#?}");
    }
}

const A: &[(&str, &str)] = &[
    ("统计", "计入"),
    ("舆情等级", "一般"),
    ("状态", "已回应"),
    ("牵头单位", "市生态环境局"),
    ("发生时间", ""),
    ("发布时间", "2026-05-11 08:00:00"),
    ("发现时间", "2026-05-11 10:00:00"),
    ("发现滞后（小时）", "2"),
    ("交办时间", "2026-05-11 10:30:00"),
    ("签收时间", "2026-05-11 11:00:00"),
    ("回应时间", "2026-05-12 10:30:00"),
    ("主时限", "公开回应"),
    ("到期时间", "2026-05-13 10:00:00"),
    ("结果", "按时"),
    ("逾期（小时）", ""),
    ("自发生或发布起算的到期时间", "2026-05-13 08:00:00"),
    ("自发生或发布起算的结果", "按时"),
    ("责任单位", ""),
    ("未经审核的发布", "0"),
    ("周期", "1"),
    ("此前周期", ""),
];
const B: &[(&str, &str)] = &[
    ("发现滞后（小时）", ""),
    ("结果", "逾期办结"),
    ("逾期（小时）", "6"),
    ("责任单位", "市水利局"),
    ("自发生或发布起算的到期时间", ""),
    ("未经审核的发布", "1"),
];
const D: &[(&str, &str)] = &[
    ("牵头单位", "市城市管理执法局"),
    ("交办时间", "2026-05-11 15:10:00"),
    ("回应时间", "2026-05-13 14:00:00"),
    ("回应录入时间", "2026-05-13 20:00:00"),
    ("到期时间", "2026-05-13 15:00:00"),
    ("结果", "按时（补录）"),
    ("责任单位", ""),
    ("退回次数", "1"),
    ("督查次数", "1"),
    ("通报单位", "市住房和城乡建设局、市城市管理执法局"),
    ("约谈单位", "市城市管理执法局"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_as_a_workbook() {
    let played = Played::scenario(SCENARIO, UNTIL).await;
    let out = played.run(&["report", "ledger", "--out", "台账.xlsx"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    assert_eq!((json(&out)["incidents"].as_i64(), json(&out)["rows"].as_i64()), (Some(4), Some(4)));
    let mut book: Xlsx<_> = open_workbook(played.path("台账.xlsx")).expect("a workbook");
    assert_eq!(book.sheet_names(), ["台账", "时限明细", "另列（误报等）", "已取消的时限", "官方发布转发"]);
    let cases = sheet(&mut book, "台账");
    assert_eq!(cases.len(), 3, "the dismissed one stands apart");
    assert_row(row(&cases, "编号", "20260511-0001"), A);
    assert_eq!(cases[0]["标题"], "=HYPERLINK(\"x\")冒黑烟", "text, no formula");
    assert!(cases[0]["责任时段"].starts_with("市政府办公室 0.5 小时；市生态环境局 "), "{}", cases[0]["责任时段"]);
    assert_row(row(&cases, "编号", "20260511-0002"), B);
    assert_row(row(&cases, "编号", "20260511-0004"), D);
    let apart = sheet(&mut book, "另列（误报等）");
    assert_eq!(apart.len(), 1);
    assert_row(
        &apart[0],
        &[("编号", "20260511-0003"), ("统计", "另列：误报"), ("说明", "旧闻，与本市无关"), ("结果", "")],
    );
    let clocks = sheet(&mut book, "时限明细");
    let late =
        clocks.iter().find(|row| row["编号"] == "20260511-0002" && row["时限"] == "公开回应").expect("B's clock");
    assert_row(
        late,
        &[
            ("效力", "法定"),
            ("结果", "逾期办结"),
            ("办理时间", "2026-05-13 18:00:00"),
            ("归属单位", "市水利局"),
            ("责任时段", "市政府办公室 0.17 小时；市水利局 47.83 小时"),
        ],
    );
    let cancelled = sheet(&mut book, "已取消的时限");
    let of =
        |id: &str| cancelled.iter().filter(|row| row["编号"] == id).map(|row| row["时限"].clone()).collect::<Vec<_>>();
    assert_eq!(of("20260511-0003"), ["公开回应"]);
    assert_eq!(of("20260511-0004"), ["签收"], "housing gave it back");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_as_csv_keeps_what_stands_apart_at_the_end() {
    let played = Played::scenario(SCENARIO, UNTIL).await;
    let out = played.run(&["report", "ledger", "--out", "l.csv", "--to", "2026-05-11T15:00:00+08:00"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let rows = csv_rows(&played.path("l.csv"));
    let ids: Vec<&str> = rows.iter().map(|row| row["编号"].as_str()).collect();
    assert_eq!(ids, ["20260511-0001", "20260511-0002", "20260511-0003"], "D was detected at --to");
    assert_row(&rows[0], A);
    assert_eq!(rows[0]["标题"], "'=HYPERLINK(\"x\")冒黑烟", "no formula when it is opened");
    assert_row(&rows[1], B);
    assert_eq!(rows[2]["统计"], "另列：误报");
}

/// The six ways to answer of 国办发〔2016〕80号: what a person chose stands in the ledger, in place of what was proposed.
#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_answer_that_a_person_chose_stands_in_the_ledger() {
    use huiying::domain::grade::ResponseApproach;
    for approach in ["adoption", "solution", "investigation", "facts", "correction", "rebuttal"] {
        let scenario = format!(
            r#"{{"at": "2026-05-11T10:00:00+08:00", "do": "mention", "label": "A", "channel": "forum", "text": "路灯坏了两个月没人修"}}
{{"at": "2026-05-11T10:10:00+08:00", "do": "grade", "incident": "@A", "event_grade": "none", "opinion_grade": "general", "sensitive": false, "approach": "{approach}", "reason": "研判"}}
{{"at": "2026-05-11T10:20:00+08:00", "do": "grade", "incident": "@A", "opinion_grade": "large", "reason": "关注增多"}}
"#
        );
        let played = Played::scenario(&scenario, "2026-05-11T12:00:00+08:00").await;
        let out = played.run(&["report", "ledger", "--out", "l.csv"]);
        assert_eq!(code(&out), 0, "{}", stderr(&out));
        let chosen: ResponseApproach = serde_json::from_value(approach.into()).unwrap();
        assert_eq!(
            csv_rows(&played.path("l.csv"))[0]["回应方式"],
            chosen.zh(),
            "{approach}: kept by the later grading"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scorecard_counts_as_it_was_worked_out() {
    let played = Played::scenario(SCENARIO, UNTIL).await;
    let out = played.run(&["report", "scorecard", "--out", "s.csv"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let rows = csv_rows(&played.path("s.csv"));
    assert_row(
        row(&rows, "单位编号", "ecology"),
        &[
            ("单位", "市生态环境局"),
            ("主办件数", "1"),
            ("法定：已结", "1"),
            ("法定：按时", "1"),
            ("法定按时率", "100.0%"),
            ("内控：按时", "1"),
            ("签收次数", "1"),
            ("签收用时中位数（小时）", "0.5"),
            ("回应用时中位数（小时）", "24"),
            ("退回次数", "0"),
        ],
    );
    assert_row(
        row(&rows, "单位编号", "water"),
        &[
            ("法定：已结", "1"),
            ("法定：逾期", "1"),
            ("法定按时率", "0.0%"),
            ("内控按时率", "100.0%"),
            ("签收用时 P90（小时）", "1.5"),
            ("回应用时 P90（小时）", "53.83"),
        ],
    );
    assert_row(
        row(&rows, "单位编号", "urban_management"),
        &[
            ("法定：按时", "1"),
            ("法定：逾期", "0"),
            ("其中补录按时", "1"),
            ("回应用时中位数（小时）", "46"),
            ("督查次数", "1"),
            ("通报次数", "2"),
            ("约谈次数", "1"),
        ],
    );
    assert_row(
        row(&rows, "单位编号", "housing"),
        &[
            ("主办件数", "1"),
            ("退回次数", "1"),
            ("通报次数", "1"),
            ("约谈次数", "0"),
            ("法定：已结", "0"),
            ("法定按时率", ""),
            ("另列：取消的时限", "1"),
        ],
    );
    assert_row(row(&rows, "单位编号", "government_office"), &[("另列：误报等件数", "1"), ("另列：取消的时限", "1")]);
    let out = played.run(&["report", "scorecard", "--out", "s.xlsx"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let mut book: Xlsx<_> = open_workbook(played.path("s.xlsx")).expect("a workbook");
    assert_eq!(sheet(&mut book, "成绩单").len(), rows.len());
    assert!(sheet(&mut book, "口径")[0]["说明"].starts_with("按时率"));
}

/// A post that concerns two counties: one is late on both accounts, the other in time.
const POSTS: &str = r#"{"at": "2026-05-11T09:00:00+08:00", "do": "city_post", "post": "@P", "concerns": ["jingxian", "jixi"]}
{"at": "2026-05-11T09:30:00+08:00", "do": "repost", "post": "@P", "account": "jixi.weibo"}
{"at": "2026-05-12T10:00:00+08:00", "do": "repost", "post": "@P", "account": "jixi.wechat"}
{"at": "2026-05-13T10:00:00+08:00", "do": "repost", "post": "@P", "account": "jingxian.wechat"}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn reposts_count() {
    let played = Played::scenario(POSTS, "2026-05-14T00:00:00+08:00").await;
    for arguments in [
        ["report", "ledger", "--out", "l.xlsx"],
        ["report", "ledger", "--out", "l.csv"],
        ["report", "scorecard", "--out", "s.csv"],
    ] {
        let out = played.run(&arguments);
        assert_eq!((code(&out), json(&out)["posts"].as_i64()), (0, Some(1)), "{}", stderr(&out));
    }
    let scores = csv_rows(&played.path("s.csv"));
    let jixi = [("法定：按时", "1"), ("法定：逾期", "0"), ("目标：按时", "1")];
    assert_row(row(&scores, "单位编号", "jixi"), &jixi);
    assert_row(
        row(&scores, "单位编号", "jingxian"),
        &[("法定：逾期", "1"), ("法定按时率", "0.0%"), ("目标：逾期", "1")],
    );
    let mut book: Xlsx<_> = open_workbook(played.path("l.xlsx")).expect("a workbook");
    let reposts = sheet(&mut book, "官方发布转发");
    assert_eq!(reposts.len(), 4);
    let late =
        [("时限", "微信转发"), ("效力", "法定"), ("结果", "逾期办结"), ("逾期（小时）", "10"), ("责任单位", "泾县")];
    assert_row(row(&reposts, "账号", "jingxian.wechat"), &late);
    let rows = csv_rows(&played.path("l.csv"));
    assert_eq!(rows.len(), 4, "in the one table, too");
    assert!(rows.iter().any(|row| row["主时限"] == "微信转发（法定）" && row["责任单位"] == "泾县"), "{rows:#?}");
}

/// Answered 9 h 36 min late and closed; reopened by feedback and answered in time; reopened again and answered 25 h late.
const REOPENED: &str = include_str!("reopened.jsonl");

/// Breached, then a new event; one answer in time for the second clock and four hours late for the first.
const NEW_EVENT: &str = include_str!("new-event.jsonl");

/// The one row of the ledger, judged alike in both formats, and the scorecard's row of who led.
async fn one_case(scenario: &str, until: &str) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let played = Played::scenario(scenario, until).await;
    for arguments in [
        ["report", "ledger", "--out", "l.csv"],
        ["report", "ledger", "--out", "l.xlsx"],
        ["report", "scorecard", "--out", "s.csv"],
    ] {
        let out = played.run(&arguments);
        assert_eq!(code(&out), 0, "{}", stderr(&out));
    }
    let rows = csv_rows(&played.path("l.csv"));
    assert_eq!(rows.len(), 1, "one row per incident");
    let mut book: Xlsx<_> = open_workbook(played.path("l.xlsx")).expect("a workbook");
    let cases = sheet(&mut book, "台账");
    assert_eq!(cases.len(), 1);
    for column in ["回应时间", "到期时间", "结果", "周期", "此前周期"] {
        assert_eq!(cases[0][column], rows[0][column], "{column}");
    }
    let scores = csv_rows(&played.path("s.csv"));
    (rows[0].clone(), row(&scores, "单位编号", "urban_management").clone())
}

/// On the row: breaches told, and what was in time, of the clock that it is judged by and of earlier ones.
fn told(row: &BTreeMap<String, String>) -> (usize, usize) {
    let all = format!("{}；{}", row["此前周期"], row["结果"]);
    let count = |what: &str| all.split('；').filter(|one| one.contains(what)).count();
    (count("逾期"), count("按时"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reopening_takes_no_breach_off_the_row() {
    let first = "第1周期 公开回应 逾期9小时36分后完成 责任：市城市管理执法局 办理：2026-05-13 17:36";
    let (row, score) = one_case(REOPENED, "2026-05-13T20:00:00+08:00").await;
    assert_row(
        &row,
        &[
            ("结果", "逾期办结"),
            ("逾期（小时）", "9.6"),
            ("责任单位", "市城市管理执法局"),
            ("自发生或发布起算的到期时间", "2026-05-13 06:00:00"),
            ("自发生或发布起算的结果", "逾期"),
            ("周期", "1"),
            ("此前周期", ""),
        ],
    );
    assert_row(&score, &[("法定：逾期", "1"), ("法定：按时", "0")]);
    assert_eq!(told(&row), (1, 0));

    let (row, score) = one_case(REOPENED, "2026-05-14T12:00:00+08:00").await;
    assert_row(
        &row,
        &[
            ("交办时间", "2026-05-11 08:20:00"),
            ("回应时间", ""),
            ("回应录入时间", ""),
            ("到期时间", "2026-05-16 09:00:00"),
            ("结果", "进行中"),
            ("逾期（小时）", ""),
            ("自发生或发布起算的到期时间", ""),
            ("自发生或发布起算的结果", ""),
            ("责任单位", ""),
            ("周期", "2"),
            ("此前周期", first),
        ],
    );
    assert_row(&score, &[("法定：逾期", "1"), ("法定：按时", "0"), ("进行中的时限", "1")]);
    assert_eq!(told(&row), (1, 0));

    let both = format!("{first}；第2周期 公开回应 按时 办理：2026-05-14 20:00");
    let (row, score) = one_case(REOPENED, "2026-05-18T12:00:00+08:00").await;
    assert_row(
        &row,
        &[
            ("回应时间", "2026-05-18 10:00:00"),
            ("到期时间", "2026-05-17 09:00:00"),
            ("结果", "逾期办结"),
            ("逾期（小时）", "25"),
            ("责任单位", "市城市管理执法局"),
            ("周期", "3"),
            ("此前周期", both.as_str()),
        ],
    );
    assert_row(&score, &[("法定：逾期", "2"), ("法定：按时", "1")]);
    assert_eq!(told(&row), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_event_takes_no_breach_off_the_row() {
    let (row, score) = one_case(NEW_EVENT, "2026-05-13T13:00:00+08:00").await;
    assert_row(
        &row,
        &[
            ("回应时间", "2026-05-13 12:00:00"),
            ("到期时间", "2026-05-15 09:30:00"),
            ("结果", "按时"),
            ("自发生或发布起算的到期时间", ""),
            ("责任单位", ""),
            ("周期", "1"),
            ("此前周期", "本周期 公开回应 逾期4小时后完成 责任：市城市管理执法局 办理：2026-05-13 12:00"),
        ],
    );
    assert_row(&score, &[("法定：逾期", "1"), ("法定：按时", "1")]);
    assert_eq!(told(&row), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_built_or_not_meant_is_a_usage_error() {
    let played = Played::scenario(SCENARIO, "2026-05-11T10:00:00+08:00").await;
    for (arguments, why) in [
        (["report", "daily", "--out", "d.docx"], "尚未实现"),
        (["report", "nosuch", "--out", "d.csv"], "没有报表"),
        (["report", "ledger", "--out", "d.pdf"], ".xlsx 与 .csv"),
        (["report", "ledger", "--out", "nowhere/d.csv"], "nowhere"),
    ] {
        let out = played.run(&arguments);
        assert_eq!(code(&out), 2, "{}", stderr(&out));
        assert!(stderr(&out).contains(why), "{}", stderr(&out));
    }
    assert!(!played.path("d.docx").exists() && !played.path("d.pdf").exists());
}
