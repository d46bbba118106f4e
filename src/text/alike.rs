//! Changes of a text that change nothing, and how many verdicts stay under each: for tests on real texts.

use super::analysis::Analysis;

/// A way to write the same.
pub type Change<'a> = Box<dyn Fn(&str) -> String + 'a>;

fn wide(c: char) -> char {
    if matches!(c, '!'..='~') { char::from_u32(c as u32 + 0xfee0).unwrap_or(c) } else { c }
}

/// What sites, senders and keyboards do to a text.
pub fn changes<'a>() -> Vec<(&'static str, Change<'a>)> {
    vec![
        ("address", Box::new(|text| format!("{text} https://weibo.com/1234/AbCdEf?from=page"))),
        ("account", Box::new(|text| format!("@宣城发布 {text}"))),
        ("repost", Box::new(|text| format!("转发微博//@路人甲:{text}"))),
        ("line breaks", Box::new(|text| text.replace('，', "，\n").replace('。', "。\r\n"))),
        ("full width", Box::new(|text| text.chars().map(wide).collect())),
    ]
}

/// Share of the verdicts that stay, on the head that changes most; printed by head.
pub fn least_same(name: &str, before: &[Analysis], after: impl Iterator<Item = Analysis>) -> f64 {
    let mut same = [0.0; 9];
    for (a, b) in before.iter().zip(after) {
        let first = |analysis: &Analysis| analysis.departments.first().map(|body| body.id.clone());
        let heads = [
            a.sentiment == b.sentiment,
            a.emotion == b.emotion,
            a.request == b.request,
            a.category[0].id == b.category[0].id,
            first(a) == first(&b),
            a.regions == b.regions,
            (a.rumour >= 0.5) == (b.rumour >= 0.5),
            a.event_grade == b.event_grade,
            a.sensitive == b.sensitive,
        ];
        for (same, head) in same.iter_mut().zip(heads) {
            *same += f64::from(u8::from(head)) / before.len() as f64;
        }
    }
    let least = same.iter().copied().fold(1.0, f64::min);
    println!("{name:<12} same verdict ≥ {least:.4} on every head {same:.3?}");
    least
}
