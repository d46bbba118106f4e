//! What no number stands with: whether it is told of somebody, and of how many who were spoken of before.

use super::super::grammar::{ALL, CLAUSE_END, IN_JEST, NOT_PERSONS, SEARCH, VIOLENT, tail};
use super::super::person::{person_subject, somebody};
use super::super::words::{Class, Mark};
use super::{Harm, OWES, Reading};

impl Reading<'_> {
    /// What no number stands with.
    pub(super) fn uncounted(&mut self, mark: Mark, harm: Harm) {
        let before = &self.sentence[..mark.start];
        let clause = &before[before.rfind(CLAUSE_END).map_or(0, |at| at)..];
        let word = &self.sentence[mark.start..mark.end];
        let whole =
            ["一个", "没一个", "没有一个", "谁", "全", "都", "无一"].iter().any(|start| word.starts_with(start));
        // 有一个没救过来: that one, not everybody.
        let one = word.starts_with("一个")
            && ["有", "另", "其中", "还", "剩", "那", "这", "第", "又"].iter().any(|w| clause.ends_with(w));
        let whole = whole && !one;
        // 三个人都没能跑出来，…找到时已经没有生命体征了: those who were missed.
        let found = harm == Harm::Dead
            && ["找到", "发现时", "挖出", "挖开", "扒开", "救出", "抬出", "捞上", "捞出"]
                .iter()
                .any(|w| clause.contains(w))
            && self.facts.last().is_some_and(|fact| fact.harm == Harm::Missing && fact.counted);
        let all = found
            || mark.class == Class::DeadAll && !one
            || whole
            || ALL.iter().any(|word| tail(clause, 5).contains(word))
            || self.those(clause, mark)
            // 遗体都找齐了: of everybody who was spoken of.
            || mark.class == Class::Body
                && ["都", "全", "均"].iter().any(|word| self.sentence[mark.end..].chars().take(5).collect::<String>().contains(word))
                && ["找", "捞", "挖", "运", "抬", "寻"].iter().any(|word| self.sentence[mark.end..].contains(word))
                && !self.sentence[mark.end..].contains(['没', '未'])
            || harm == Harm::Missing && self.the_others(clause, mark.start).is_some();
        if all
            && matches!(
                harm,
                Harm::Dead | Harm::Missing | Harm::BadlyHurt | Harm::LightlyHurt | Harm::Rescued | Harm::Treated
            )
            && self.all(mark, harm, before)
        {
            return;
        }
        let person = person_subject(before);
        let rest: String = self.sentence[mark.end..].chars().take_while(|c| !CLAUSE_END.contains(c)).take(6).collect();
        let animals = NOT_PERSONS.iter().any(|word| tail(clause, 6).contains(word) || rest.contains(word));
        let counts = match mark.class {
            Class::Dead | Class::DeadBare | Class::DeadAll => !animals,
            Class::DeadOf
                if clause.rfind('被').is_some_and(|at| IN_JEST.iter().any(|it| clause[at..].contains(it))) =>
            {
                false
            }
            Class::Funeral => !animals,
            Class::DeadOf => !animals && !self.sentence[mark.end..].starts_with(['我', '你', '他']),
            Class::DeadWeak => (person || self.alone(mark, clause) || somebody(clause)) && !animals,
            Class::DeadNoun => {
                let named = ["名叫", "叫", "是", "为", "系", "姓"]
                    .iter()
                    .any(|word| self.sentence[mark.end..].starts_with(word));
                named || ["死者", "遇难者", "罹难者"].contains(&&self.sentence[mark.start..mark.end])
            }
            Class::Body => ["发现", "打捞", "找到", "捞起", "捞上", "捞出", "抬出", "运走"]
                .iter()
                .any(|word| before.contains(word)),
            Class::Missing if animals || OWES.iter().any(|who| tail(clause, 5).contains(who)) => false,
            Class::Missing => {
                person
                    || self.sentence[mark.start..mark.end] == *"走失"
                    || ["失联", "失踪", "下落不明"].contains(&&self.sentence[mark.start..mark.end])
                    || SEARCH.iter().any(|word| self.sentence.contains(word))
            }
            Class::Badly | Class::Light | Class::Trapped | Class::Poisoned | Class::FoodPoison => true,
            Class::Hurt | Class::HurtOf => true,
            Class::Treated => &self.sentence[mark.start..mark.end] != "停课",
            _ => false,
        };
        // 99人！食堂腹泻病例停在这个数字
        let number = self.spoken_of.filter(|_| self.sentence.contains("这个数"));
        if let Some(value) = number.filter(|_| matches!(harm, Harm::Dead | Harm::Ill | Harm::Poisoned | Harm::Hurt)) {
            self.push(harm, value, true, mark.start, mark.end);
        } else if counts {
            self.push(harm, 1.0, false, mark.start, mark.end);
            if let Some(fact) = self.facts.last_mut() {
                fact.soft = matches!(mark.class, Class::DeadWeak | Class::Funeral);
                let done = mark.class == Class::DeadOf && (person || clause.contains('被'));
                let somebody = [
                    "男孩", "女孩", "女童", "男童", "老人", "孩子", "学生", "女子", "男子", "村民", "游客", "驴友",
                    "大爷", "大妈",
                ];
                let lost = VIOLENT.contains(&&self.sentence[mark.start..mark.end])
                    || mark.class == Class::Missing && (person || somebody.iter().any(|word| clause.contains(word)));
                fact.bare = mark.class == Class::DeadBare || done || lost;
            }
        }
    }

    /// 在矿上出事，走了: a clause of its own behind what happened.
    fn alone(&self, mark: Mark, clause: &str) -> bool {
        let (before, after) = (&self.sentence[..mark.start], &self.sentence[mark.end..]);
        let bare =
            clause.trim_start_matches(CLAUSE_END).is_empty() && (after.is_empty() || after.starts_with(CLAUSE_END));
        bare && ["出事", "事故", "没救", "抢救", "摔", "撞", "砸", "触电", "溺水"]
            .iter()
            .any(|word| before.contains(word))
    }
}
