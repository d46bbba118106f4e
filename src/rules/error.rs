//! What is wrong with a rule file: where, what, and what to do about it.

use std::collections::BTreeSet;
use std::fmt;

use crate::domain::spelling::nearest;

/// One mistake in the rules.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct RuleError {
    /// The file, relative to the rules folder.
    pub file: String,
    /// The line, from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub fix: String,
    /// The id of another rule that it lacks: where that one has a mistake of its own, this is told at its cause.
    #[serde(skip)]
    #[schema(ignore)]
    pub lacks: Option<String>,
}

impl RuleError {
    /// A mistake at a line.
    pub fn new(file: impl Into<String>, line: usize, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { file: file.into(), line, what: what.into(), fix: fix.into(), lacks: None }
    }

    /// The same, as what follows from that rule's not being there.
    pub fn lacking(mut self, id: impl fmt::Display) -> Self {
        self.lacks = Some(id.to_string());
        self
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:{}: {} — {}", self.file, self.line, self.what, self.fix)
        } else {
            write!(f, "{}: {} — {}", self.file, self.what, self.fix)
        }
    }
}

/// Everything that is wrong with a folder of rules, in order of file and line; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct RuleErrors(pub Vec<RuleError>);

impl fmt::Display for RuleErrors {
    /// One line, as the contract asks of a configuration error: the first mistake, and how many more there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("规则有误"),
            [only] => only.fmt(f),
            [first, rest @ ..] => write!(f, "{first}（另有 {} 处错误，用 huiying rules check 查看）", rest.len()),
        }
    }
}

/// Leaves out what only follows from a mistake in another file: a mistake is told once, at its cause.
pub fn at_their_cause(errors: &mut Vec<RuleError>) {
    // What others may lack of a file: its rule, or all rules of its kind.
    let names = |error: &RuleError| {
        let (folder, name) = error.file.rsplit_once('/').unwrap_or(("", &error.file));
        [folder.to_owned(), name.split('.').next().unwrap_or_default().to_owned()]
    };
    let mistaken: BTreeSet<String> = errors.iter().flat_map(names).collect();
    let is_cause = |error: &&RuleError| error.lacks.as_ref().is_none_or(|id| !mistaken.contains(id));
    let mut fallen: BTreeSet<String> = errors.iter().filter(is_cause).flat_map(names).collect();
    loop {
        let follows = |error: &&RuleError| error.lacks.as_ref().is_some_and(|id| fallen.contains(id));
        let more: BTreeSet<String> =
            errors.iter().filter(follows).flat_map(names).filter(|id| !fallen.contains(id)).collect();
        if more.is_empty() {
            break;
        }
        fallen.extend(more);
    }
    errors.retain(|error| error.lacks.as_ref().is_none_or(|id| !fallen.contains(id)));
}

/// "改为 x" where something is near, else the list of what is possible.
pub fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    /// How many possibilities a message lists.
    const LISTED_MAX: usize = 12;
    if let Some(near) = nearest(word, known.clone()) {
        return format!("改为 {near}");
    }
    let all: Vec<&str> = known.into_iter().collect();
    match all.len() {
        0 => "删去这一项".to_owned(),
        n if n > LISTED_MAX => format!("可用：{} 等 {n} 个", all[..LISTED_MAX].join("、")),
        _ => format!("可用：{}", all.join("、")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_suggested_else_what_is_possible() {
        assert_eq!(suggest("keyword", ["keywords", "kind"]), "改为 keywords");
        assert_eq!(suggest("zzz", ["a-long-name", "another"]), "可用：a-long-name、another");
    }

    #[test]
    fn a_mistake_is_told_once_at_its_cause() {
        let cause = RuleError::new("departments/police.yaml", 6, "未知的值", "");
        let child =
            RuleError::new("departments/traffic_police.yaml", 5, "上级单位 police 不存在", "").lacking("police");
        let grandchild = RuleError::new("topics/a.yaml", 7, "单位 traffic_police 不存在", "").lacking("traffic_police");
        let other = RuleError::new("topics/b.yaml", 7, "单位 polise 不存在", "").lacking("polise");
        let mut errors = vec![cause.clone(), child.clone(), grandchild.clone(), other.clone()];
        at_their_cause(&mut errors);
        assert_eq!(errors, [cause, other.clone()]);
        // Two that lack each other are both told.
        let one = RuleError::new("topics/x.yaml", 1, "", "").lacking("y");
        let two = RuleError::new("topics/y.yaml", 1, "", "").lacking("x");
        let mut errors = vec![one.clone(), two.clone()];
        at_their_cause(&mut errors);
        assert_eq!(errors, [one, two]);
    }

    #[test]
    fn errors_print_as_one_line() {
        let one = RuleError::new("policies/a.yaml", 3, "未知的键", "删去");
        assert_eq!(RuleErrors(vec![one.clone()]).to_string(), "policies/a.yaml:3: 未知的键 — 删去");
        assert!(RuleErrors(vec![one.clone(), one]).to_string().contains("另有 1 处错误"));
    }
}
