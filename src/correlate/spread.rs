//! Heat (热度): how far an opinion has spread, and the grade that this proposes. The thresholds are the office's own
//! (本办自定), and every proposal that rests on them says so.

use std::collections::BTreeMap;

use crate::domain::correlation::{Reach, SpreadStep};
use crate::domain::grade::Grade;
use crate::domain::ids::RegionId;
use crate::domain::mention::{Channel, Engagement};

/// What a group of mentions has reached so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    mentions: u64,
    channels: BTreeMap<Channel, u32>,
    regions: BTreeMap<RegionId, u32>,
    views: u64,
    interactions: u64,
}

impl Spread {
    /// Counts a mention.
    pub fn add(&mut self, channel: Channel, regions: &[RegionId], engagement: Option<&Engagement>) {
        self.mentions += 1;
        *self.channels.entry(channel).or_default() += 1;
        for region in regions {
            *self.regions.entry(region.clone()).or_default() += 1;
        }
        let (views, interactions) = reach_of(engagement);
        self.views = self.views.saturating_add(views);
        self.interactions = self.interactions.saturating_add(interactions);
    }

    /// Takes a mention back.
    pub fn remove(&mut self, channel: Channel, regions: &[RegionId], engagement: Option<&Engagement>) {
        self.mentions = self.mentions.saturating_sub(1);
        drop_one(&mut self.channels, &channel);
        for region in regions {
            drop_one(&mut self.regions, region);
        }
        let (views, interactions) = reach_of(engagement);
        self.views = self.views.saturating_sub(views);
        self.interactions = self.interactions.saturating_sub(interactions);
    }

    /// 信息条数
    pub fn mentions(&self) -> u64 {
        self.mentions
    }

    /// The regions that its mentions touch.
    pub fn regions(&self) -> impl Iterator<Item = &RegionId> {
        self.regions.keys()
    }

    /// The highest grade that it proposes, with the reason; `None` below the first step.
    pub fn grade(&self, steps: &[SpreadStep]) -> Option<(Grade, String)> {
        steps.iter().rev().find_map(|step| {
            let any = self.reached(&step.any);
            let two = self.reached(&step.two);
            let met = match (any.first(), two.as_slice()) {
                (Some(one), _) => one.clone(),
                (None, [first, second, ..]) => format!("{first}，{second}"),
                _ => return None,
            };
            Some((step.grade, format!("{met} → 舆情{}（热度标准，本办自定）", step.grade.zh())))
        })
    }

    /// Which measures of a reach are met, in words.
    fn reached(&self, reach: &Reach) -> Vec<String> {
        [
            ("信息", "条", reach.mentions, self.mentions),
            ("渠道", "个", reach.channels, self.channels.len() as u64),
            ("阅读", "次", reach.views, self.views),
            ("互动", "次", reach.interactions, self.interactions),
            ("涉及地区", "个", reach.regions, self.regions.len() as u64),
        ]
        .into_iter()
        .filter_map(|(what, unit, wanted, is)| {
            wanted.filter(|&wanted| is >= wanted).map(|wanted| format!("{what} {is} {unit}（≥ {wanted}）"))
        })
        .collect()
    }
}

fn reach_of(engagement: Option<&Engagement>) -> (u64, u64) {
    let Some(e) = engagement else { return (0, 0) };
    let interactions = [e.reposts, e.comments, e.likes].into_iter().flatten().fold(0u64, u64::saturating_add);
    (e.views.unwrap_or(0), interactions)
}

fn drop_one<K: Ord>(counts: &mut BTreeMap<K, u32>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::correlation::Correlation;

    fn spread(mentions: usize, channels: usize) -> Spread {
        let mut spread = Spread::default();
        for n in 0..mentions {
            spread.add(Channel::ALL[n % channels], &[], None);
        }
        spread
    }

    #[test]
    fn one_large_measure_or_two_smaller_ones() {
        let steps = Correlation::default().spread;
        assert_eq!(spread(29, 4).grade(&steps), None, "channels alone are not enough");
        assert_eq!(spread(99, 1).grade(&steps), None, "mentions of one channel are not, below a hundred");
        let (grade, why) = spread(30, 4).grade(&steps).unwrap();
        assert_eq!(grade, Grade::Large);
        assert!(why.contains("30 条") && why.contains("4 个") && why.contains("本办自定"), "{why}");
        assert_eq!(spread(100, 1).grade(&steps).unwrap().0, Grade::Large);
        assert_eq!(spread(150, 6).grade(&steps).unwrap().0, Grade::Major);
    }

    #[test]
    fn engagement_counts_and_can_be_taken_back() {
        let steps = Correlation::default().spread;
        let wide = Engagement { views: Some(u64::MAX), reposts: Some(5_000), comments: Some(5_000), likes: None };
        let mut it = spread(1, 1);
        it.add(Channel::Video, &["jingxian".into()], Some(&wide));
        assert_eq!(it.grade(&steps).unwrap().0, Grade::Extraordinary, "a count at its limit overflows nothing");
        it.remove(Channel::Video, &["jingxian".into()], Some(&wide));
        assert_eq!(it, spread(1, 1));
    }
}
