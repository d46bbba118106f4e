//! The criteria (分级标准) of `domain.md` §2: from what a text reports to a grade, each with the row that it rests on.

use super::fact::Harm;
use super::tally::{Counted, Tally};
use super::words::Class;
use crate::domain::grade::Grade;

const ACCIDENTS: &str = "国务院令第493号《生产安全事故报告和调查处理条例》第三条";
const FOOD: &str = "国家突发公共卫生事件应急预案";
const ENVIRONMENT: &str = "国家突发环境事件应急预案";

/// From which number on the grades large, major and extraordinary begin.
type Steps = [f64; 3];
const DEAD: Steps = [3.0, 10.0, 30.0];
const BADLY_HURT: Steps = [10.0, 50.0, 100.0];
const ACCIDENT_LOSS_YUAN: Steps = [1e7, 5e7, 1e8];
const ENVIRONMENT_LOSS_YUAN: Steps = [5e6, 2e7, 1e8];
const EVACUATED: Steps = [5e3, 1e4, 5e4];
/// Fewer ill by food than this are below the lowest grade of the plan.
const FOOD_ILL_MIN: f64 = 30.0;
const FOOD_ILL_LARGE_MIN: f64 = 100.0;
const FOOD_DEAD_MAJOR_MIN: f64 = 10.0;
/// A smaller loss is somebody's trouble, not a sudden event.
const LOSS_MIN_YUAN: f64 = 1e6;
/// From so many people on a blocked road or a brawl is told as an event. No published criterion: the office's own.
const CROWD_MIN: f64 = 10.0;

/// From so many people moved out of a flood's way on it is told as an event. The office's own, as above.
const MOVED_MIN: f64 = 100.0;

/// What a text is about, as far as a row of the table depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setting {
    /// Food or a meal is spoken of.
    pub food: bool,
    /// It reads as telling of an event.
    pub told: bool,
    /// Food poisoning by that name.
    pub food_poisoning: bool,
    /// A school, a works, a home: where many live together.
    pub group: bool,
    /// A chemical, a leak, pollution.
    pub environment: bool,
    /// A flood, a storm, a landslide.
    pub natural: bool,
    /// A fire, a blast, a collapse, a crash by that name.
    pub struck: bool,
    /// An accident of any kind, or somebody's sudden death.
    pub accident: bool,
    /// An epidemic by name.
    pub epidemic: bool,
    /// A poisonous gas is in the air.
    pub gas: bool,
    /// Somebody is buried.
    pub funeral: bool,
    /// People fell ill, whether or not it says how many.
    pub ill: bool,
}

/// Grades with what they rest on.
#[derive(Debug, Default)]
pub struct Verdicts(pub Vec<(Grade, String)>);

impl Verdicts {
    fn add(&mut self, grade: Grade, what: &str, quote: &str, criterion: &str) {
        self.0.push((grade, format!("{what}（“{quote}”）→ {}：{criterion}", grade.zh())));
    }
}

fn grade_of(value: f64, steps: Steps) -> Grade {
    match steps {
        [_, _, top] if value >= top => Grade::Extraordinary,
        [_, middle, _] if value >= middle => Grade::Major,
        [low, _, _] if value >= low => Grade::Large,
        _ => Grade::General,
    }
}

fn persons(value: f64) -> String {
    format!("{value:.0} 人")
}

/// Judges what a text reports. `missing_as_dead`: which share of the missing is graded as if dead.
pub fn judge(tally: &Tally, setting: Setting, missing_as_dead: f64) -> Verdicts {
    let mut verdicts = Verdicts::default();
    // Who dies in an accident is counted by the accidents' criteria, also where the air is fouled by it.
    let of_environment = setting.environment && !setting.struck;
    let ill = ill(tally, setting);
    // 两百号人拉吐，一个老太太走了: beside so many ill, a soft word is a death too.
    let many_ill = ill.as_ref().is_some_and(|ill| ill.value >= FOOD_ILL_MIN);
    let dead = tally.dead(setting.accident || many_ill || setting.food_poisoning, setting.funeral || setting.natural);
    let by_food = ill.is_some() && (setting.food_poisoning || !setting.environment);
    // What the plan says of the dead among the poisoned says nothing of an epidemic's dead.
    let dead_of_food = dead.as_ref().filter(|_| !setting.epidemic || setting.food_poisoning);
    if by_food {
        let of_meal = setting.food && !setting.epidemic && !setting.struck;
        food_row(ill.as_ref(), dead_of_food, (setting.food_poisoning, of_meal), &mut verdicts);
    }
    dead_row(tally, dead.as_ref(), of_environment, missing_as_dead, &mut verdicts);
    hurt_row(tally, setting, by_food, &mut verdicts);
    // 毒气把两百来人放倒了，全住院: whoever falls ill by it is poisoned.
    let by_air = |tally: &Tally| {
        let harms = [Harm::Poisoned, Harm::Ill, Harm::Treated];
        let counted = harms.into_iter().filter_map(|harm| tally.of(harm)).filter(|found| found.counted);
        counted.max_by(|a, b| a.value.total_cmp(&b.value))
    };
    let poisoned =
        if setting.gas { by_air(tally).or_else(|| tally.of(Harm::Poisoned)) } else { tally.of(Harm::Poisoned) };
    if let Some(poisoned) = poisoned.filter(|_| !by_food) {
        let row = if of_environment { ENVIRONMENT } else { "国务院令第493号：重伤包括急性工业中毒" };
        let criterion = format!("中毒 10 人以下一般、10–49 较大、50–99 重大、100 以上特别重大（{row}）");
        let what = format!("中毒 {}", persons(poisoned.value));
        verdicts.add(grade_of(poisoned.value, BADLY_HURT), &what, &poisoned.quote, &criterion);
    }
    let moved = tally.of(Harm::Evacuated).filter(|moved| moved.counted);
    if let Some(moved) = moved.filter(|_| setting.environment || !setting.natural) {
        let criterion = format!("疏散 5000 人以上较大、1 万以上重大、5 万以上特别重大（{ENVIRONMENT}）");
        let what = format!("疏散 {}", persons(moved.value));
        verdicts.add(grade_of(moved.value, EVACUATED), &what, &moved.quote, &criterion);
    }
    loss_row(tally, setting, &mut verdicts);
    if let Some((grade, quote)) = &tally.water {
        let criterion = format!("污染致饮用水中断：乡镇较大、县级重大、地市级特别重大（{ENVIRONMENT}）");
        verdicts.add(*grade, "饮用水中断", quote, &criterion);
    }
    let counted = verdicts.0.iter().any(|(grade, _)| *grade > Grade::None);
    if let Some((grade, quote)) = tally.named.as_ref().filter(|_| !counted) {
        verdicts.add(*grade, "文中称其等级", quote, "按文中所称，待核实");
    }
    if verdicts.0.is_empty() {
        without_numbers(tally, setting, &mut verdicts);
    }
    verdicts.0.sort_by_key(|(grade, _)| std::cmp::Reverse(*grade));
    verdicts
}

/// Those taken ill together: by food, or in one school, works or home.
fn ill(tally: &Tally, setting: Setting) -> Option<Counted> {
    let many = |harm: Harm| tally.of(harm).is_some_and(|ill| ill.counted && ill.value >= FOOD_ILL_MIN);
    let group = many(Harm::Ill) || setting.food || setting.food_poisoning || setting.group || setting.epidemic;
    if !group || setting.environment && !setting.food_poisoning {
        return None;
    }
    let mut harms = vec![Harm::Ill, Harm::Poisoned];
    // 配餐出了问题，住院的学生157名: so many in hospital after a meal are ill by it, whatever nobody calls it.
    let by_meal = setting.food && !setting.struck && !setting.environment && (setting.ill || many(Harm::Treated));
    let named_ill = tally.any(&harms) || setting.food_poisoning || setting.epidemic || by_meal;
    if named_ill {
        harms.push(Harm::Treated);
    }
    harms.into_iter().filter_map(|harm| tally.of(harm)).max_by(|a, b| a.value.total_cmp(&b.value))
}

/// Food poisoning, and other illness of a group by the same plan.
fn food_row(
    ill: Option<&Counted>,
    dead: Option<&Counted>,
    (surely_food, of_meal): (bool, bool),
    verdicts: &mut Verdicts,
) {
    let criterion = format!("30–99 人一般、100 人以上或有死亡较大、100 人以上且有死亡或死亡 10 人以上重大（{FOOD}）");
    let Some(ill) = ill else { return };
    let died = dead.map_or(0.0, |dead| dead.value);
    let grade = if died >= FOOD_DEAD_MAJOR_MIN || died >= 1.0 && ill.value >= FOOD_ILL_LARGE_MIN {
        Grade::Major
    } else if ill.value >= FOOD_ILL_LARGE_MIN || died >= 1.0 && (surely_food || of_meal && ill.value >= FOOD_ILL_MIN) {
        Grade::Large
    } else if ill.value >= FOOD_ILL_MIN {
        Grade::General
    } else {
        Grade::None
    };
    let mut what = format!("患病 {}", persons(ill.value));
    if died > 0.0 {
        what.push_str(&format!("、死亡 {}", persons(died)));
    }
    verdicts.add(grade, &what, &ill.quote, &criterion);
}

/// The dead, and the missing beside them: stated as missing, graded as if a share of them, one at least, were dead.
fn dead_row(
    tally: &Tally,
    dead: Option<&Counted>,
    of_environment: bool,
    missing_as_dead: f64,
    verdicts: &mut Verdicts,
) {
    let missing = tally.missing();
    let row = if of_environment { ENVIRONMENT } else { ACCIDENTS };
    let criterion = format!("死亡 3 人以下一般、3–9 较大、10–29 重大、30 以上特别重大（{row}）");
    let died = dead.map_or(0.0, |dead| dead.value);
    let feared = missing.as_ref().map_or(0.0, |missing| (missing.value * missing_as_dead).max(1.0));
    if let Some(dead) = dead {
        let what = if dead.counted { format!("死亡 {}", persons(died)) } else { "有人死亡".to_owned() };
        verdicts.add(grade_of(died, DEAD), &what, &dead.quote, &criterion);
    }
    if let Some(missing) = missing.filter(|_| missing_as_dead > 0.0) {
        let count = if missing.counted { persons(missing.value) } else { "（人数不明）".to_owned() };
        let what = match dead {
            Some(_) => format!(
                "另有失联 {count}，按{}计死亡，连同死亡共按 {}计",
                share(missing_as_dead),
                tenths(died + feared)
            ),
            None => format!("失联 {count}，按{}计死亡（至少 1 人），按 {}计", share(missing_as_dead), tenths(feared)),
        };
        let criterion = format!("失联折算为本办自定；{criterion}");
        verdicts.add(grade_of(died + feared, DEAD), &what, &missing.quote, &criterion);
    }
}

fn share(part: f64) -> String {
    if part == 0.5 { "半数".to_owned() } else { format!("{:.0}%", part * 100.0) }
}

fn tenths(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0} 人") } else { format!("{value:.1} 人") }
}

/// Badly hurt; where a text does not say how badly, all are taken as badly hurt, and the reason says so: a proposal that
/// is too high is put right by a person, one that is too low costs time.
fn hurt_row(tally: &Tally, setting: Setting, by_food: bool, verdicts: &mut Verdicts) {
    let criterion = "重伤 10 人以下一般、10–49 较大、50–99 重大、100 以上特别重大";
    let light = tally.of(Harm::LightlyHurt);
    let hurt = tally.of(Harm::Hurt).or_else(|| tally.of(Harm::Treated).filter(|_| setting.accident && !by_food));
    if let Some(badly) = tally.of(Harm::BadlyHurt).filter(|badly| badly.counted || hurt.is_none()) {
        if by_food || setting.epidemic && !setting.accident {
            return;
        }
        let what = format!("重伤 {}", persons(badly.value));
        verdicts.add(grade_of(badly.value, BADLY_HURT), &what, &badly.quote, &format!("{criterion}（{ACCIDENTS}）"));
    } else if let Some(hurt) = hurt {
        let (grade, note) = if light.is_some() {
            (Grade::General, "文中称伤势较轻，不按重伤计")
        } else {
            (grade_of(hurt.value, BADLY_HURT), "文中未分轻重，从高按重伤计")
        };
        let what = format!("受伤 {}", persons(hurt.value));
        verdicts.add(grade, &what, &hurt.quote, &format!("{criterion}；{note}（{ACCIDENTS}）"));
    } else if let Some(light) = light.filter(|light| light.counted && !by_food && !setting.epidemic) {
        let what = format!("轻伤 {}", persons(light.value));
        verdicts.add(Grade::General, &what, &light.quote, &format!("轻伤不计入重伤（{ACCIDENTS}）"));
    }
}

fn loss_row(tally: &Tally, setting: Setting, verdicts: &mut Verdicts) {
    let harmed = [Harm::Dead, Harm::BadlyHurt, Harm::Hurt, Harm::Poisoned, Harm::Evacuated, Harm::Missing];
    let happened = setting.told
        || !tally.events.is_empty()
        || tally
            .of(Harm::Loss)
            .is_some_and(|loss| loss.quote.starts_with(|c: char| c.is_numeric()) || !loss.quote.contains("损失"))
        || tally.any(&harmed)
        || setting.environment
        || setting.struck
        || setting.natural;
    let Some(loss) = tally.of(Harm::Loss).filter(|loss| loss.value >= LOSS_MIN_YUAN && happened) else { return };
    let (steps, row, words) = if setting.environment && !setting.struck {
        (ENVIRONMENT_LOSS_YUAN, ENVIRONMENT, "500 万元以下一般、500–2000 万较大、2000 万–1 亿重大、1 亿以上特别重大")
    } else {
        (ACCIDENT_LOSS_YUAN, ACCIDENTS, "1000 万元以下一般、1000–5000 万较大、5000 万–1 亿重大、1 亿以上特别重大")
    };
    let what = format!("损失 {:.0} 万元", loss.value / 1e4);
    verdicts.add(grade_of(loss.value, steps), &what, &loss.quote, &format!("{words}（{row}）"));
}

/// An event without a number, or one that the published criteria don't cover.
fn without_numbers(tally: &Tally, setting: Setting, verdicts: &mut Verdicts) {
    let crowd = tally.of(Harm::Crowd).filter(|crowd| crowd.counted && crowd.value >= CROWD_MIN);
    if let Some((_, quote)) = tally.events.first() {
        let criterion = format!("有事件发生，未见伤亡或损失数字，按一般（{ACCIDENTS}）");
        verdicts.add(Grade::General, "发生突发事件", quote, &criterion);
    } else if let Some(crowd) = crowd {
        let criterion = "群体性事件没有公布的分级标准，未见伤亡，按一般（本办自定），请人工研判";
        verdicts.add(Grade::General, &format!("聚众 {}", persons(crowd.value)), &crowd.quote, criterion);
    } else if let Some(saved) = tally.of(Harm::Rescued).filter(|saved| saved.counted && setting.accident) {
        let criterion = format!("有人遇险获救，未见伤亡，按一般（{ACCIDENTS}）");
        verdicts.add(Grade::General, &format!("获救 {}", persons(saved.value)), &saved.quote, &criterion);
    } else if let Some(trapped) = tally.of(Harm::Trapped) {
        let criterion = format!("有人被困，未见伤亡，按一般（{ACCIDENTS}）");
        verdicts.add(Grade::General, "有人被困", &trapped.quote, &criterion);
    } else if let Some(moved) = tally.of(Harm::Evacuated).filter(|moved| moved.counted && moved.value >= MOVED_MIN) {
        let criterion = "自然灾害转移人数没有公布的分级标准，未见伤亡，按一般（本办自定）";
        verdicts.add(Grade::General, &format!("转移 {}", persons(moved.value)), &moved.quote, criterion);
    }
}

/// Classes of events that are nature's doing.
pub const NATURAL: [Class; 4] = [Class::Flood, Class::Slide, Class::Disaster, Class::DisasterHarm];
