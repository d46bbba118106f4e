//! Correlation as a whole.

use std::sync::Arc;

use super::correlator::{Correlator, Past};
use super::noteworthy::Watchlist;
use super::*;
use crate::domain::correlation::Correlation;
use crate::domain::grade::Grade;
use crate::domain::instant::Span;
use crate::text::analysis::{DepartmentScore, Sentiment};
use crate::text::concern::{Evidence, Part};
use crate::text::{Analyser, Vocabulary};

pub(super) const START: Instant = Instant::from_ms(1_778_461_200_000);

/// A mention that stands on its own feet.
pub(super) struct Post {
    pub id: MentionId,
    pub at: Instant,
    channel: Channel,
    pub regions: Vec<RegionId>,
    author: Option<String>,
    answered: bool,
    pub analysis: Analysis,
    features: Features,
}

pub(super) struct Desk {
    analyser: Analyser,
    lexicon: Arc<Lexicon>,
    pub correlator: Correlator,
    posts: u32,
}

impl Desk {
    pub fn new() -> Self {
        Self::with(Analyser::new(Vocabulary::default()))
    }

    pub fn with(analyser: Analyser) -> Self {
        let lexicon = Arc::new(Lexicon::built_in());
        Self {
            analyser,
            correlator: Correlator::new(Correlation::default(), Watchlist::new(), lexicon.clone()),
            lexicon,
            posts: 0,
        }
    }

    /// Forgets what it has placed.
    pub fn clear(&mut self) {
        self.correlator = Correlator::new(Correlation::default(), Watchlist::new(), self.lexicon.clone());
    }

    pub fn post(&mut self, channel: Channel, title: &str, text: &str) -> Post {
        self.posts += 1;
        let (_, features) = Features::read(&self.lexicon, &self.analyser, title, text, |word| word == "宣城");
        Post {
            id: MentionId::new(format!("m{}", self.posts)),
            at: START + Span::from_minutes(i64::from(self.posts)),
            channel,
            regions: vec!["xuanzhou".into()],
            author: None,
            answered: false,
            analysis: Analysis::default(),
            features,
        }
    }

    pub fn angry(&mut self, text: &str) -> Post {
        self.angry_about("", text)
    }

    pub fn angry_about(&mut self, title: &str, text: &str) -> Post {
        let mut post = self.post(Channel::Weibo, title, text);
        post.analysis = Analysis {
            sentiment: Sentiment::Negative,
            departments: vec![DepartmentScore { id: "ecology".into(), score: 0.9, why: vec![] }],
            concerns: vec![Evidence { part: Part::Core, kind: "环境污染".into(), points: 3, words: vec![] }],
            ..Analysis::default()
        };
        post
    }

    fn calm(&mut self, text: &str) -> Post {
        self.post(Channel::Forum, "", text)
    }

    fn letter(&mut self, title: &str, text: &str) -> Post {
        self.post(Channel::Board, title, text)
    }

    pub fn place(&mut self, post: &Post) -> Placement {
        self.correlator.place(&post.candidate())
    }

    /// Places a post that must open an incident, and gives the incident that id.
    fn opens(&mut self, post: &Post, id: &str) -> Opened {
        match self.place(post) {
            Placement::Open(opened) => {
                self.correlator.bind(opened.group, &id.into());
                opened
            }
            other => panic!("{}: {other:?}", post.id),
        }
    }

    /// Places a post that must join the incident.
    fn joins(&mut self, post: &Post, id: &str) -> Joined {
        match self.place(post) {
            Placement::Join(joined) if joined.incident == Some(id.into()) => joined,
            other => panic!("{}: {other:?}", post.id),
        }
    }
}

impl Post {
    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            mention: &self.id,
            at: self.at,
            seen: self.at,
            channel: self.channel,
            regions: &self.regions,
            engagement: None,
            author: self.author.as_deref(),
            answered: self.answered,
            analysis: &self.analysis,
            features: &self.features,
        }
    }

    fn in_region(mut self, region: &str) -> Self {
        self.regions = vec![region.into()];
        self
    }

    fn later(mut self, span: Span) -> Self {
        self.at = self.at + span;
        self
    }

    fn by(mut self, author: &str, answered: bool) -> Self {
        self.author = Some(author.into());
        self.answered = answered;
        self
    }
}

fn nothing() -> Placement {
    Placement::Noise { why: None, perhaps: None }
}

const SMOKE: &str = "向阳街道鸿越大道旁边那家沥青搅拌站又在半夜冒黑烟，熏得孩子直咳嗽，环保到底管不管";
const SMOKE_AGAIN: &str = "鸿越大道沥青搅拌站的黑烟太呛了，我们向阳街道这边窗户都不敢开";
const WATER: &str = "状元南路整条街停水两天，一个通知都没有，自来水公司电话打不通";

#[test]
fn a_copy_and_the_same_matter_join_another_matter_opens() {
    let mut desk = Desk::new();
    let first = desk.angry(SMOKE);
    assert!(desk.opens(&first, "1").how.contains("公共事项"));
    let copy = desk.calm(&format!("//@路人甲：{SMOKE}"));
    assert!(desk.joins(&copy, "1").how.contains("内容"));
    let same = desk.calm(SMOKE_AGAIN);
    let how = desk.joins(&same, "1").how;
    assert!(how.contains("同一事项") && how.contains("沥青"), "{how}");
    let other = desk.angry(WATER);
    desk.opens(&other, "2");
    let weekend = desk.calm("周末去敬亭山爬山，天气真好，人也不多");
    assert_eq!(desk.place(&weekend), nothing());
}

#[test]
fn region_and_state_keep_matters_apart_and_time_does_not() {
    let mut desk = Desk::new();
    let first = desk.angry(SMOKE);
    desk.opens(&first, "1");
    let elsewhere = desk.angry(SMOKE_AGAIN).in_region("jixi");
    desk.opens(&elsewhere, "2");
    let city = desk.calm(SMOKE_AGAIN).in_region("xuancheng");
    assert!(matches!(desk.place(&city), Placement::Join(_)), "the city holds its counties");
    desk.correlator.set_open(&"2".into(), false);
    let slow = desk.angry(SMOKE_AGAIN).later(Span::from_days(200));
    desk.joins(&slow, "1");
    desk.correlator.set_open(&"1".into(), false);
    let after_closing = desk.angry(SMOKE).later(Span::from_days(201));
    desk.opens(&after_closing, "4");
    desk.correlator.set_open(&"4".into(), false);
    desk.correlator.set_open(&"1".into(), true);
    let reopened = desk.calm(SMOKE).later(Span::from_days(201));
    desk.joins(&reopened, "1");
}

#[test]
fn a_merged_incident_hands_its_likes_to_the_survivor() {
    let mut desk = Desk::new();
    let (smoke, water) = (desk.angry(SMOKE), desk.angry(WATER));
    desk.opens(&smoke, "1");
    desk.opens(&water, "2");
    desk.correlator.merge(&"1".into(), &"2".into());
    let again = desk.calm(SMOKE_AGAIN);
    desk.joins(&again, "2");
    desk.correlator.set_open(&"2".into(), false);
    let closed = desk.calm(SMOKE_AGAIN);
    assert!(matches!(desk.place(&closed), Placement::Noise { .. }), "both groups are the survivor's");
}

#[test]
fn spread_raises_the_opinion_alone() {
    let mut desk = Desk::new();
    let first = desk.angry(SMOKE);
    let opened = desk.opens(&first, "1");
    assert_eq!(opened.proposal, Grading::default());
    let mut last = None;
    for n in 0..40 {
        let channel = Channel::ALL[n % 5];
        let copy = desk.post(channel, "", SMOKE);
        last = Some(desk.joins(&copy, "1"));
    }
    let last = last.unwrap();
    assert_eq!((last.proposal.event_grade, last.proposal.opinion_grade), (Grade::None, Grade::Large));
    assert!(last.how.contains("本办自定"), "{}", last.how);
}

#[test]
fn three_letters_about_one_matter_are_an_incident_two_are_not() {
    let mut desk = Desk::new();
    let title = "丽景苑小区二次供水水质发黄";
    let letters: Vec<Post> =
        ["早上放出来的水都是黄的，不敢做饭", "水龙头放了十分钟还是黄水", "小区供水发黄一个月了，物业推给水厂"]
            .into_iter()
            .map(|text| desk.letter(title, text))
            .collect();
    assert_eq!(desk.place(&letters[0]), nothing());
    assert!(matches!(desk.place(&letters[1]), Placement::Noise { why: Some(why), .. } if why.contains("第 2 件")));
    let opened = desk.opens(&letters[2], "1");
    assert_eq!(opened.with, [letters[0].id.clone(), letters[1].id.clone()]);
    assert!(opened.how.contains("3 件") && !opened.supervision, "{}", opened.how);
    let fourth = desk.letter(title, "还是没有解决，水还是黄");
    desk.joins(&fourth, "1");
}

#[test]
fn letters_further_apart_than_the_window_do_not_add_up() {
    let mut desk = Desk::new();
    let title = "丽景苑小区二次供水水质发黄";
    for days in [0, 29, 58, 87] {
        let letter = desk.letter(title, "小区供水发黄，不敢做饭").later(Span::from_days(days));
        assert!(matches!(desk.place(&letter), Placement::Noise { .. }), "after {days} days");
    }
}

#[test]
fn an_author_who_was_answered_and_asks_again_calls_for_a_supervision() {
    let mut desk = Desk::new();
    let title = "金色阳光小区学区划分何时公布";
    let unanswered = desk.letter(title, "请问今年学区划分什么时候公布").by("a", false);
    let other = desk.letter(title, "学区划分公布时间能否告知").by("b", true);
    assert!(matches!(desk.place(&unanswered), Placement::Noise { .. }));
    desk.correlator.set_rules(
        Correlation {
            letters: crate::domain::correlation::Letters { repeats: 9, ..Default::default() },
            ..Correlation::default()
        },
        Watchlist::new(),
    );
    assert!(matches!(desk.place(&other), Placement::Noise { .. }), "another's answer is not theirs");
    let again = desk.letter(title, "学区划分还是没有公布").by("a", false);
    assert!(matches!(desk.place(&again), Placement::Noise { .. }), "nobody answered them yet");
    let not_satisfied = desk.letter(title, "学区划分答复说等通知，等到什么时候").by("b", false);
    let opened = desk.opens(&not_satisfied, "1");
    assert!(opened.supervision && opened.how.contains("反复问政"), "{}", opened.how);
}

#[test]
fn what_is_forgotten_leaves_no_trace() {
    let mut desk = Desk::new();
    let first = desk.angry(SMOKE);
    let Placement::Open(opened) = desk.place(&first) else { panic!("opens") };
    desk.correlator.forget(&first.candidate(), opened.group, true);
    assert_eq!(desk.correlator.groups(), 0);
    let again = desk.angry(SMOKE);
    let opened = desk.opens(&again, "1");
    let copy = desk.calm(SMOKE_AGAIN);
    let joined = desk.joins(&copy, "1");
    desk.correlator.forget(&copy.candidate(), joined.group, false);
    let copy_again = desk.calm(SMOKE_AGAIN);
    assert_eq!(desk.joins(&copy_again, "1").how, joined.how, "as like as the first time");
    assert_eq!(desk.correlator.group_of(&"1".into()), Some(opened.group));
}

#[test]
fn a_new_life_places_as_the_old_one_would_have() {
    let mut desk = Desk::new();
    let title = "丽景苑小区二次供水水质发黄";
    let posts = [
        desk.angry(SMOKE),
        desk.letter(title, "早上放出来的水都是黄的，不敢做饭"),
        desk.letter(title, "水龙头放了十分钟还是黄水"),
    ];
    let incident = IncidentId::from("1");
    for (n, post) in posts.iter().enumerate() {
        desk.correlator.recall(&Past { candidate: post.candidate(), incident: (n == 0).then_some((&incident, true)) });
    }
    let again = desk.calm(SMOKE_AGAIN);
    desk.joins(&again, "1");
    let third = desk.letter(title, "小区供水发黄一个月了，物业推给水厂");
    assert_eq!(desk.opens(&third, "2").with.len(), 2);
}

#[test]
fn memory_is_bounded() {
    let mut desk = Desk::new();
    let words = ["路灯", "井盖", "公交", "菜场", "噪音", "油烟", "积水", "绿化", "电梯", "暖气", "奖学金"];
    for n in 0..6_000usize {
        let text = format!("{}{}号{}{}有问题", words[n % 11], n, words[n / 11 % 11], words[n / 121 % 11]);
        let letter = desk.letter("", &text).later(Span::from_hours(n as i64));
        desk.place(&letter);
    }
    assert!(desk.correlator.groups() < 3_500, "older than thirty days is dropped: {}", desk.correlator.groups());
}

#[test]
fn three_people_who_say_the_same_below_the_bar_are_heard() {
    let mut desk = Desk::new();
    let mut below = |text: &str, author: &str| {
        let mut post = desk.calm(text).by(author, false);
        post.analysis.sentiment = Sentiment::Negative;
        post
    };
    let posts = [
        below("楼下火锅店油烟直接排进家里，窗户都不敢开", "a"),
        below("火锅店又排油烟，家里全是味道，窗户一开就呛", "b"),
        below("楼下火锅店油烟直接排进家里，窗户都不敢开！", "c"),
        below("火锅店的油烟没有烟道，呛得孩子一直咳，窗户关着也没用", "b"),
    ];
    assert_eq!(desk.place(&posts[0]), nothing());
    let Placement::Noise { why: Some(why), .. } = desk.place(&posts[1]) else { panic!("two are no incident") };
    assert!(why.contains("第 2 个声音"), "{why}");
    assert!(matches!(desk.place(&posts[2]), Placement::Noise { .. }), "a copy is no voice");
    assert!(matches!(desk.place(&posts[3]), Placement::Noise { .. }), "who has spoken is no further voice");
    let mut third = desk.calm("油烟！火锅店的油烟！住楼上的窗户不敢开").by("d", false);
    assert!(matches!(desk.place(&third), Placement::Noise { why: None, .. }), "calm words are no complaint");
    third.analysis.sentiment = Sentiment::Negative;
    let opened = desk.opens(&third, "1");
    assert!(opened.how.contains("3 人说同一负面事项"), "{}", opened.how);
    assert_eq!(opened.with, posts.iter().map(|post| post.id.clone()).collect::<Vec<_>>());
}

#[test]
fn praise_of_how_a_matter_was_handled_raises_no_spread() {
    let mut desk = Desk::new();
    let first = desk.angry(SMOKE);
    desk.opens(&first, "1");
    for n in 0..40 {
        let mut praise = desk.post(Channel::ALL[n % 5], "", SMOKE);
        praise.analysis.sentiment = Sentiment::Positive;
        let joined = desk.joins(&praise, "1");
        assert_eq!(joined.proposal.opinion_grade, Grade::General, "{}", joined.how);
    }
}

#[test]
fn what_a_person_took_out_stays_out_with_what_is_like_it() {
    let mut desk = Desk::new();
    let first = desk.angry(SMOKE);
    desk.opens(&first, "1");
    let other = desk.angry("沥青搅拌站的工人在鸿越大道讨薪，黑烟底下坐了一上午，没人理");
    let again = desk.angry("鸿越大道沥青搅拌站拖欠工资，讨薪的工人坐在黑烟底下");
    desk.correlator.not_this(&"1".into(), &other.features);
    let Placement::Open(opened) = desk.place(&again) else { panic!("it is liker to what was taken out") };
    assert_ne!(desk.correlator.group_of(&"1".into()), Some(opened.group));
    let smoke = desk.calm(SMOKE_AGAIN);
    desk.joins(&smoke, "1");
}
