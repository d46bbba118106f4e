//! The shipped rules hold, and each kind of mistake is told with its file, line and fix.

use std::fs;
use std::path::{Path, PathBuf};

use super::applies::Matter;
use super::*;
use crate::domain::grade::{Grade, Grading};

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")
}

/// A copy of the shipped rules in which things can be broken.
struct Copy(tempfile::TempDir);

impl Copy {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in FOLDERS {
            fs::create_dir(dir.path().join(folder)).unwrap();
            for entry in fs::read_dir(shipped().join(folder)).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), dir.path().join(folder).join(entry.file_name())).unwrap();
            }
        }
        Self(dir)
    }

    fn write(&self, file: &str, text: &str) -> &Self {
        fs::write(self.0.path().join(file), text).unwrap();
        self
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.path().join(file)).unwrap()
    }

    /// Replaces the first `from` in a file.
    fn edit(&self, file: &str, from: &str, to: &str) -> &Self {
        let text = self.read(file);
        assert!(text.contains(from), "{file} has no {from:?}");
        self.write(file, &text.replacen(from, to, 1))
    }

    fn rules(&self) -> Rules {
        Rules::load_lenient(self.0.path())
    }

    /// The mistakes of one file.
    fn errors(&self, file: &str) -> Vec<RuleError> {
        self.rules().errors.into_iter().filter(|error| error.file == file).collect()
    }
}

/// The line on which `text` first has `part`.
fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap() + 1
}

#[test]
fn the_shipped_rules_hold() {
    let rules = Rules::check(&shipped());
    assert!(rules.errors.is_empty(), "{:#?}", rules.errors);
    assert_eq!(rules.office.policies.len(), 5, "three in force, two that show what a file alone can say");
    assert_eq!(rules.office.bodies.len(), 42);
    assert_eq!(rules.regions.len(), 8);
    assert!(rules.topics.len() >= 30);
    assert_eq!((rules.plans.len(), rules.assessments.len()), (2, 1));
    // Nothing is fetched before somebody says what entitles the office to it.
    let enabled: Vec<&str> = rules.sources.iter().filter(|s| s.enabled).map(|s| s.id.as_str()).collect();
    assert_eq!((rules.sources.len(), enabled), (6, vec!["inbox"]));
    assert_eq!(rules.office.policy_for(None).unwrap().id, "xuancheng-2016");
    assert_eq!(rules.office.version, rules.version);
    assert_eq!(Rules::load(&shipped()).unwrap().version, rules.version);
}

#[test]
fn the_shipped_rules_are_those_of_the_contract() {
    let rules = Rules::load(&shipped()).unwrap();
    for (id, body) in &rules.office.bodies {
        let accounts = [format!("{id}.weibo"), format!("{id}.wechat")];
        assert_eq!(body.accounts, accounts);
        assert!(!body.contacts.is_empty() && body.keywords.len() >= 15, "{id}");
        let county = body.region != CITY;
        assert_eq!(county, body.level == crate::domain::body::Level::County, "{id}");
        assert!(!county || body.region.as_str() == id.as_str(), "{id}");
        let parent = if *id == "traffic_police" { "police" } else { CITY };
        assert_eq!(body.parent, parent, "{id}");
    }
    for roster in rules.office.rosters.values() {
        for holder in roster.tiers.values().flatten() {
            assert!(holder.phone.as_ref().is_none_or(|phone| phone.contains("示例")), "{}", holder.id);
        }
    }
    for topic in &rules.topics {
        assert!(topic.examples.matches.len() >= 2 && topic.examples.near_misses.len() >= 2, "{}", topic.id);
    }
}

#[test]
fn derived_policies_are_whole() {
    let rules = Rules::load(&shipped()).unwrap();
    let of = |id: &str| &rules.office.policies[id];
    let (base, notice, national) = (of("xuancheng-2016"), of("xuancheng-2016-notice"), of("national-2016"));
    assert_eq!(base.clocks.len(), 14);
    let without = |policy: &crate::domain::policy::Policy| -> Vec<&str> {
        base.clocks.keys().filter(|kind| !policy.clocks.contains_key(kind)).map(|kind| kind.id()).collect()
    };
    assert_eq!(without(notice), ["first_statement"]);
    assert_eq!(without(national), ["weibo_repost", "wechat_repost"]);
    assert_eq!((&notice.ladders, &notice.terms), (&base.ladders, &base.terms));
}

#[test]
fn what_was_ready_is_found_by_topic_region_grade_and_day() {
    let rules = Rules::load(&shipped()).unwrap();
    let found = |text: &str, topics: &[&str], region: &str, event_grade: Grade, on: &str| -> Vec<String> {
        let topics: Vec<String> = topics.iter().map(|topic| (*topic).to_owned()).collect();
        let regions = [region.into()].into();
        let grading = Grading { event_grade, ..Grading::default() };
        let on = on.parse().unwrap();
        let prepared =
            rules.prepared(&Matter { title: Some("求助"), text, topics: &topics, regions: &regions, grading, on });
        let assessments = prepared.assessments.into_iter().map(|a| format!("{} {}", a.assessment, a.why.join("；")));
        assessments.chain(prepared.plans.iter().map(|plan| format!("{} {}", plan.plan, plan.why.join("；")))).collect()
    };
    let none: Vec<String> = Vec::new();
    let ill = |grade: Grade| found("很多人吐了", &["food-poisoning-banquet"], "jixi", grade, "2026-05-11");
    assert_eq!(ill(Grade::Large), ["food-poisoning 主题：聚餐中毒；事件等级：较大"]);
    assert_eq!(ill(Grade::None), none);
    let bus = |region: &str, on: &str| found("公交车票价说涨就涨", &[], region, Grade::None, on);
    // What was assessed brings its plan along, whose own conditions don't hold.
    assert_eq!(
        bus("xuanzhou", "2026-05-11"),
        [
            "bus-fare-2026 关键词：公交、公交车、票价；地区：宣州区",
            "policy-opinion 风险评估：中心城区公交线网优化与票价调整"
        ]
    );
    assert_eq!(bus("jixi", "2026-05-11"), none);
    assert_eq!(bus("xuanzhou", "2026-03-19"), none, "not assessed yet");
    let both = found("公交车票价新规一刀切", &["policy-misread"], "xuanzhou", Grade::None, "2026-05-11");
    assert_eq!(
        both[1], "policy-opinion 风险评估：中心城区公交线网优化与票价调整；主题：政策误解误读",
        "once, with both reasons"
    );
}

#[test]
fn a_derived_policy_may_override_terms_one_by_one() {
    let copy = Copy::new();
    copy.edit("policies/national-2016.yaml", "without:", "terms: { auto_assign_from: 0.8 }\nwithout:");
    let rules = copy.rules();
    assert!(rules.errors.is_empty(), "{:?}", rules.errors);
    let terms = &rules.office.policies["national-2016"].terms;
    assert_eq!(terms.auto_assign_from, 0.8);
    assert_eq!(terms.caps, rules.office.policies["xuancheng-2016"].terms.caps);
}

#[test]
fn each_mistake_names_its_file_line_and_fix() {
    const POLICY: &str = "policies/xuancheng-2016.yaml";
    const BODY: &str = "departments/ecology.yaml";
    const TOPIC: &str = "topics/fire.yaml";
    const ROSTER: &str = "roster/jixi.yaml";
    const YEAR: &str = "calendar/2026.yaml";
    const PLAN: &str = "plans/food-poisoning.yaml";
    const RISK: &str = "assessments/bus-fare-2026.yaml";
    for (file, from, to, what, fix) in [
        // Keys and values that the types refuse.
        (POLICY, "    length: 24h", "    lenght: 24h", "未知的键 lenght", "length"),
        (POLICY, "    force: statutory", "    force: statutary", "未知的值 statutary", "statutory"),
        (POLICY, "    length: 24h", "    length: soon", "时长", ""),
        (POLICY, "- { at: -6h, tier: department }", "- { at: -6h, tier: departement }", "departement", "department"),
        (BODY, "kind: bureau", "kind: bureu", "未知的值 bureu", "bureau"),
        (TOPIC, "noteworthy: true", "notewothy: true", "未知的键 notewothy", "noteworthy"),
        (YEAR, "isOffDay: true }", "isOffDay: ja }", "", ""),
        // A rule without an id, a citation or examples.
        (POLICY, "id: xuancheng-2016", "# none", "缺少 id", "id"),
        (POLICY, "id: xuancheng-2016", "id: 宣城", "不合规", "小写"),
        (POLICY, "why: ", "why: \"\" # ", "why 是空的", ""),
        (POLICY, "    clause: 本办自定（通知二（四）“涉事", "    clause: 惯例 # ", "没有写明依据", "本办自定"),
        (POLICY, "    clause: 通知三（三）“政务微信", "    clause: 本办自定 # ", "法定时限必须引用条款", "clause"),
        (TOPIC, "id: fire", "id: \"\"", "id 是空的", ""),
        // What the policy's own parts say of each other.
        (POLICY, "    ladder: B", "    ladder: Z", "升级阶梯", "A"),
        (POLICY, "    warn: [50, 75, 90]", "    warn: [50, 90, 75]", "不是递增", "递增"),
        (POLICY, "    warn: [50, 75, 90]", "    warn: [50, 100]", "不是递增", ""),
        (POLICY, "      - { at: -6h, tier: department }", "      - { at: 9h, tier: department }", "没有按时间排列", ""),
        (POLICY, "    length: 48h", "    length: given", "不能用于它", ""),
        (POLICY, "    length: 48h", "    at_least: major\n    length: 48h", "不由等级决定", "删去"),
        (POLICY, "    met_by: [press_conference, response]\n", "", "算作完成", "met_by"),
        (POLICY, "    ungraded: deputy", "    ungrded: deputy", "没有等级 ungrded", "ungraded"),
        (POLICY, "auto_assign_from: 0.6", "auto_assign_from: 6", "0–1", ""),
        // What it says of other files.
        (POLICY, "region: xuancheng", "region: xuanchen", "没有地区", "xuancheng"),
        (
            "policies/national-2016.yaml",
            "extends: xuancheng-2016",
            "extends: xuancheng-2106",
            "不存在",
            "xuancheng-2016",
        ),
        (
            "policies/national-2016.yaml",
            "without: [weibo_repost,",
            "without: [weibo_repost, weibo_repost,",
            "没有时限",
            "",
        ),
        (
            "policies/national-2016.yaml",
            "without: [weibo_repost,",
            "without: [response, weibo_repost,",
            "又在 clocks",
            "",
        ),
        (BODY, "region: xuancheng", "region: xuanchen", "没有地区", "xuancheng"),
        (BODY, "parent: xuancheng", "parent: polic", "上级单位 polic", "police"),
        (BODY, "ecology.weibo,", "market.weibo,", "不是本单位的", "ecology.weibo"),
        (BODY, "keywords:\n", "keywords:\n  太重: 9\n", "权重 9", ""),
        (TOPIC, "lead: fire", "lead: fier", "主办单位 fier", "fire"),
        (TOPIC, "supporting: [emergency,", "supporting: [emergenc,", "协办单位 emergenc", "emergency"),
        (TOPIC, "category: public_security", "category: public_securty", "没有领域", "public_security"),
        (ROSTER, "jurisdiction: jixi", "jurisdiction: jix", "没有辖区 jix", "jixi"),
        ("sources/example-mailbox.yaml", "kind: board", "kind: bord", "未知的值 bord", "board"),
        ("sources/example-mailbox.yaml", "why: ", "why: \" \" # ", "why 是空的", "凭什么"),
        (PLAN, "body: market", "body: markt", "单位 markt", "market"),
        (PLAN, "{ role: duty_desk,", "{ role: duty_desk, body: health,", "层级不写单位", "lead"),
        (PLAN, "{ role: supporting, body: market,", "{ role: supporting,", "协办要写明单位", "body"),
        (PLAN, "role: deputy", "role: deputi", "未知的值 deputi", "deputy"),
        (PLAN, "topics: [school-canteen,", "topics: [school-canten,", "主题 school-canten", "school-canteen"),
        (PLAN, "  event_grade: general", "  event_grad: general", "未知的键 event_grad", "event_grade"),
        (PLAN, "why: 通知二", "why: 惯例 # ", "没有写明依据", "本办自定"),
        ("plans/policy-opinion.yaml", "  kinds: [policy_misread]", "  kinds: []", "没有说明何时适用", "topics"),
        (RISK, "plan: policy-opinion", "plan: policy-opinon", "预案 policy-opinon", "policy-opinion"),
        (RISK, "level: medium", "level: middle", "未知的值 middle", ""),
        (RISK, "assessed_by: transport", "assessed_by: transprt", "评估单位 transprt", "transport"),
        (RISK, "regions: [xuancheng, xuanzhou]", "regions: [xuanzou, xuanzhou]", "没有地区 xuanzou", "xuanzhou"),
        (RISK, "watched_until: 2026-12-31", "watched_until: 2026-01-01", "早于评估日期", ""),
        // Examples that don't hold.
        (
            PLAN,
            "  near_misses:\n",
            "  near_misses:\n    - { text: 村里吃酒席四十多人呕吐送医, event_grade: large }\n",
            "不应适用却适用了",
            "applies",
        ),
        (
            PLAN,
            "  matches:\n",
            "  matches:\n    - { text: 天气真好, event_grade: large }\n",
            "应适用而没有适用",
            "applies",
        ),
        (RISK, "on: 2026-12-31 }", "on: 2027-12-31 }", "应适用而没有适用", "applies"),
        (POLICY, "    due_at: 2026-05-10T07:20:00+08:00", "    due_at: 2026-05-10T08:20:00+08:00", "到期应为", ""),
        (POLICY, "now: [warn 50], not_yet: [step -6h", "now: [], not_yet: [step -6h", "还会发生“warn 50”", "now"),
        (POLICY, "not_yet: [warn 50, breach]", "not_yet: [warn 50], done: [breach]", "应已发生", ""),
        (POLICY, "now: [step 0h office_director], not_yet: [breach, step", "not_yet: [warn 50, step", "不应已发生", ""),
        (YEAR, "due_at: 2026-10-09", "due_at: 2026-10-08", "到期应为", ""),
        (YEAR, "date: 2026-01-02,", "date: 2026-01-01,", "重复", ""),
        (YEAR, "year: 2026", "year: 2030", "不属于 2030 年", ""),
        (TOPIC, "  near_misses:\n", "  near_misses:\n    - 化工厂起火了\n", "不应匹配却匹配了", "when"),
        (TOPIC, "  matches:\n", "  matches:\n    - 天气真好\n", "应匹配而没有匹配", "when"),
        (TOPIC, "(火灾 | 起火", "(火灾 | | 起火", "列", ""),
    ] {
        let copy = Copy::new();
        copy.edit(file, from, to);
        let errors = copy.errors(file);
        let found = errors.iter().find(|e| e.what.contains(what)).unwrap_or_else(|| panic!("{to:?}: {errors:?}"));
        assert!(found.fix.contains(fix), "{to:?}: {found}");
        assert!(found.line > 0 && !found.fix.is_empty(), "{to:?}: {found}");
    }
}

#[test]
fn lines_are_those_of_the_mistake() {
    for (file, from, to, part) in [
        ("policies/xuancheng-2016.yaml", "    ladder: B", "    ladder: Z", "ladder: Z"),
        ("policies/xuancheng-2016.yaml", "    length: 5h", "    lenght: 5h", "lenght: 5h"),
        ("departments/ecology.yaml", "parent: xuancheng", "parent: nobody", "parent: nobody"),
        ("topics/fire.yaml", "  near_misses:\n", "  near_misses:\n    - 化工厂起火了\n", "- 化工厂起火了"),
        ("plans/food-poisoning.yaml", "body: market", "body: markt", "body: markt"),
        ("roster/jixi.yaml", "  duty_desk:\n", "  duty_dsk:\n", "duty_dsk"),
    ] {
        let copy = Copy::new();
        copy.edit(file, from, to);
        let errors = copy.errors(file);
        assert_eq!(errors[0].line, line_of(&copy.read(file), part), "{errors:?}");
    }
}

#[test]
fn one_bad_file_never_stops_the_rest() {
    let copy = Copy::new();
    copy.write("topics/broken.yaml", "id: [")
        .write("departments/new.yaml", "no: yes\n")
        .write("calendar/2027.yaml", "");
    let rules = copy.rules();
    assert_eq!(rules.errors.len(), 3, "{:?}", rules.errors);
    assert_eq!(rules.office.bodies.len(), 42);
    let whole = Rules::load(&shipped()).unwrap();
    assert_eq!(rules.topics, whole.topics);
    assert_ne!(rules.version, whole.version);
    assert!(Rules::load(copy.0.path()).unwrap_err().to_string().contains("另有 2 处错误"));
}

#[test]
fn a_city_tier_without_a_holder_is_warned_of() {
    assert!(Rules::load(&shipped()).unwrap().warnings().is_empty());
    let copy = Copy::new();
    let text = copy.read("roster/xuancheng.yaml");
    let kept: Vec<&str> =
        text.lines().filter(|line| *line != "  deputy:" && !line.contains("xuancheng.deputy")).collect();
    copy.write("roster/xuancheng.yaml", &kept.join("\n"));
    let rules = copy.rules();
    let warnings = rules.warnings();
    assert!(warnings.len() == 1 && warnings[0].what.contains("deputy"), "{warnings:?} {:?}", rules.errors);
}

#[test]
fn duplicates_are_refused() {
    for (file, same) in [
        ("policies/national-2016.yaml", "政策编号 national-2016 重复"),
        ("departments/ecology.yaml", "单位编号 ecology 重复"),
        ("topics/fire.yaml", "主题编号 fire 重复"),
        ("plans/food-poisoning.yaml", "预案编号 food-poisoning 重复"),
        ("assessments/bus-fare-2026.yaml", "评估编号 bus-fare-2026 重复"),
        ("roster/jixi.yaml", "值班表编号 jixi 重复"),
        ("calendar/2026.yaml", "2026 年已在"),
        ("sources/inbox.yaml", "信源编号 inbox 重复"),
    ] {
        let copy = Copy::new();
        let second = file.replace(".yaml", "-twice.yaml");
        copy.write(&second, &copy.read(file));
        let errors = copy.rules().errors;
        let found = errors.iter().find(|error| error.what.contains(same));
        assert!(found.is_some_and(|error| error.line > 0), "{file}: {errors:?}");
    }
}

#[test]
fn an_id_in_rosters_means_one_person_or_post() {
    // Read before the city's.
    const ROSTER: &str = "roster/guangde.yaml";
    let substitute = |holder: &str| {
        let day = format!("days:\n  - {{ date: 2026-05-01, tier: duty_desk, holders: [{{ {holder} }}] }}\ntiers:\n");
        let copy = Copy::new();
        copy.edit(ROSTER, "tiers:\n", &day);
        let errors = copy.rules().errors;
        let line = line_of(&copy.read(ROSTER), "2026-05-01");
        assert!(errors.iter().all(|error| error.file == ROSTER && error.line == line), "{holder}: {errors:?}");
        errors
    };
    for holder in [
        "id: guangde.substitute, name: 李某, user: li",
        // The usual one, who is written out again, with another telephone.
        "id: guangde.duty_desk, name: 广德市政府办公室值班室, user: guangde, phone: 0563-yyyyyyy（示例）",
        // One of another roster.
        "id: xuancheng.duty_desk, name: 市政府办公室值班室, user: analyst",
    ] {
        let errors = substitute(holder);
        assert!(errors.is_empty(), "{holder}: {errors:?}");
    }
    for (holder, what, fix) in [
        ("id: guangde.duty_desk, name: 李某, user: guangde", "guangde.duty_desk 已用于广德市", "替班人另写一个编号"),
        ("id: guangde.duty_desk, name: 广德市政府办公室值班室, user: li", "账号 li", "替班人另写一个编号"),
        ("id: guangde.duty_desk, name: 广德市政府办公室值班室", "没有账号", "替班人另写一个编号"),
        ("id: xuancheng.deputy, name: 李某, user: li", "见 roster/xuancheng.yaml", "替班人另写一个编号"),
        ("id: \"\", name: 李某", "没有 id 或 name", "补上"),
        ("id: guangde.substitute, name: \" \"", "没有 id 或 name", "补上"),
        ("id: guangde.substitute, name: 李某, email: li", "email 不是邮箱地址", "example"),
    ] {
        let errors = substitute(holder);
        let told = errors.len() == 1 && errors[0].what.contains(what) && errors[0].fix.contains(fix);
        assert!(told, "{holder}: {errors:?}");
    }
    // Two substitutes of different days.
    let copy = Copy::new();
    let day = |date: &str, name: &str| {
        format!("  - {{ date: {date}, tier: duty_desk, holders: [{{ id: guangde.substitute, name: {name} }}] }}\n")
    };
    let days = format!("days:\n{}{}tiers:\n", day("2026-05-01", "李某"), day("2026-05-02", "王某"));
    copy.edit(ROSTER, "tiers:\n", &days);
    let errors = copy.rules().errors;
    assert!(errors.len() == 1 && errors[0].what.contains("已用于李某（没有账号）"), "{errors:?}");
    assert_eq!(errors[0].line, line_of(&copy.read(ROSTER), "2026-05-02"));
}

/// What extends a policy says nothing of its mistakes.
#[test]
fn a_mistake_of_a_base_is_told_once_at_its_cause() {
    const BASE: &str = "policies/xuancheng-2016.yaml";
    for (from, to, what) in [
        ("ladder: A", "ladder: Z", "没有名为 Z 的升级阶梯"),
        ("warn: [50, 75, 90]", "warn: [90, 50]", "不是递增的"),
        ("clocks:", "colcks:", "colcks"),
        ("version: 1", "version: 0", "version 从 1 起"),
    ] {
        let copy = Copy::new();
        copy.edit(BASE, from, to);
        let errors = copy.rules().errors;
        let of_policies: Vec<&RuleError> =
            errors.iter().filter(|e| e.file.starts_with("policies/") && e.line > 0).collect();
        assert_eq!(of_policies.len(), 1, "{to}: {errors:?}");
        assert!(of_policies[0].file == BASE && of_policies[0].what.contains(what), "{to}: {errors:?}");
    }
}

#[test]
fn two_policies_for_one_region_are_refused() {
    let copy = Copy::new();
    copy.edit("policies/national-2016.yaml", "active: false", "active: true");
    let errors = copy.errors("policies/national-2016.yaml");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].what.contains("已有政策 xuancheng-2016") && errors[0].line > 1, "{errors:?}");
}

#[test]
fn regions_that_overlap_are_refused() {
    let copy = Copy::new();
    let shipped = copy.rules();
    let [one, other] = [&shipped.regions[1], &shipped.regions[2]];
    let name = |region: &crate::text::Region| format!("name: {}\n", region.name);
    copy.edit("departments/regions.yaml", &name(other), &name(one));
    let errors = copy.errors("departments/regions.yaml");
    let said = format!("地区 {} 与 {} 重叠：两处都有“{}”", other.id, one.id, one.name);
    assert!(errors.iter().any(|error| error.what == said && error.line > 1), "{errors:?}");
}

#[test]
fn a_year_that_is_missing_between_others_is_refused() {
    let copy = Copy::new();
    std::fs::remove_file(copy.0.path().join("calendar/2025.yaml")).unwrap();
    let errors = Rules::check(copy.0.path()).errors;
    assert!(copy.rules().errors.is_empty(), "it can be lived with");
    let gap = errors.iter().find(|error| error.file == "calendar/2026.yaml");
    assert!(
        gap.is_some_and(|e| e.what.contains("缺少 2025 年") && e.fix.contains("calendar/2025.yaml") && e.line > 0),
        "{errors:?}"
    );
    // A year that can't be read is told, and is no gap besides.
    let copy = Copy::new();
    copy.write("calendar/2025.yaml", "id: [");
    assert!(!Rules::check(copy.0.path()).errors.iter().any(|error| error.what.contains("缺少 2025 年")));
}

#[test]
fn cycles_are_refused_and_drop_only_their_bodies() {
    let copy = Copy::new();
    copy.edit("departments/police.yaml", "parent: xuancheng", "parent: traffic_police");
    let rules = copy.rules();
    assert!(rules.errors.iter().filter(|e| e.what.contains("成环")).count() == 2, "{:?}", rules.errors);
    assert_eq!(rules.office.bodies.len(), 40);

    let copy = Copy::new();
    copy.edit("policies/xuancheng-2016.yaml", "region: xuancheng", "region: xuancheng\nextends: national-2016");
    assert!(copy.rules().errors.iter().any(|e| e.what.contains("成环") && e.line > 0));
}

#[test]
fn what_a_whole_office_needs_is_asked_for() {
    for (file, what) in [
        ("policies/xuancheng-2016.yaml", "沿用的政策 xuancheng-2016 不存在"),
        ("departments/government_office.yaml", "缺少单位 government_office"),
        ("departments/regions.yaml", "没有地区"),
        ("roster/xuancheng.yaml", "缺少全市的值班表"),
    ] {
        let copy = Copy::new();
        fs::remove_file(copy.0.path().join(file)).unwrap();
        let errors = copy.rules().errors;
        assert!(errors.iter().any(|error| error.what.contains(what)), "{file}: {errors:?}");
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(Rules::load(empty.path()).is_err());
}

#[test]
fn files_that_are_no_rules_are_named() {
    let copy = Copy::new();
    fs::create_dir(copy.0.path().join("policy")).unwrap();
    copy.write("topics/note.txt", "x").write("stray.yaml", "x").write("README.md", "x").write("topics/.swp", "x");
    fs::write(copy.0.path().join("topics/latin.yaml"), b"id: \xff\xfe").unwrap();
    fs::write(copy.0.path().join("topics/huge.yaml"), vec![b' '; 2 << 20]).unwrap();
    let errors = copy.rules().errors;
    let shown: Vec<(&str, &str)> = errors.iter().map(|e| (e.file.as_str(), e.what.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("policy/", "未知的规则文件夹"),
            ("stray.yaml", "规则文件不能放在最上层"),
            ("topics/huge.yaml", "文件过大"),
            ("topics/latin.yaml", "不是 UTF-8 文本"),
            ("topics/note.txt", "不是规则文件"),
        ]
    );
    assert!(errors[0].fix.contains("policies"));
}

#[test]
fn a_department_example_that_fails_is_told() {
    let copy = Copy::new();
    copy.edit("departments/ecology.yaml", "  chosen:\n", "  chosen:\n    - 今天天气真好\n");
    let errors = Rules::check(copy.0.path()).errors;
    assert!(errors.len() == 1 && errors[0].what.contains("应自动交办本单位") && errors[0].line > 0, "{errors:?}");
}

#[test]
fn a_missing_folder_is_a_clear_error() {
    let error = locate(Some(Path::new("/nowhere/rules"))).unwrap_err();
    assert!(error.to_string().contains("/nowhere/rules: 找不到规则文件夹"), "{error}");
    assert!(error.fix.contains("--rules"));
    assert_eq!(locate(Some(&shipped())).unwrap(), shipped());
}

/// The shipped calendar says what its origin says, where that is at hand.
#[test]
fn the_calendar_agrees_with_its_origin() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let Some(origin) = root.map(|dir| dir.join("shared/data/calendar")).find(|dir| dir.is_dir()) else {
        eprintln!("left out: no ../shared/data/calendar here");
        return;
    };
    let calendar = Rules::load(&shipped()).unwrap().office.calendar;
    let years: Vec<i32> = calendar.years().collect();
    assert_eq!(years, [2023, 2024, 2025, 2026]);
    for year in years {
        let text = fs::read_to_string(origin.join(format!("{year}.json"))).unwrap();
        let days: Vec<crate::domain::calendar::ListedDay> =
            serde_json::from_value(serde_json::from_str::<serde_json::Value>(&text).unwrap()["days"].clone()).unwrap();
        assert!(days.len() > 20);
        for day in days {
            assert_eq!(calendar.day(day.date).working, !day.is_off_day, "{}", day.date);
        }
    }
}

/// A mistake is told once, at its cause, whatever hangs on the file.
#[test]
fn what_follows_from_a_mistake_in_another_file_is_not_told() {
    for (file, from, to, said) in [
        ("departments/police.yaml", "kind: bureau", "kind: bureu", "未知的值 bureu"),
        ("departments/government_office.yaml", "kind: office", "kind: offise", "未知的值 offise"),
        ("departments/regions.yaml", "id: regions", "id: regions\nextra: 1", "未知的键 extra"),
        ("calendar/2026.yaml", "year: 2026", "year: 20260", "20260 年不在"),
        ("policies/xuancheng-2016.yaml", "default: true", "default: false", "没有默认政策"),
        ("policies/national-2016.yaml", "active: false", "default: true\nactive: false", ""),
    ] {
        let copy = Copy::new();
        copy.edit(file, from, to);
        let errors = Rules::check(copy.0.path()).errors;
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        if said.is_empty() {
            assert!(told.iter().any(|line| line.contains("默认政策已是")), "{told:#?}");
        } else {
            assert!(told.len() == 1 && told[0].contains(said), "{told:#?}");
        }
    }
    // A base that is no text at all.
    let copy = Copy::new();
    let path = copy.0.path().join("policies/xuancheng-2016.yaml");
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend([0xff, 0xfe]);
    fs::write(&path, bytes).unwrap();
    let told: Vec<String> = Rules::check(copy.0.path()).errors.iter().map(ToString::to_string).collect();
    assert!(told.len() == 1 && told[0].contains("不是 UTF-8"), "{told:#?}");
}
