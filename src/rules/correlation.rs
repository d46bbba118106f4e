//! Thresholds of correlation (`correlation/`): one file, the office's own.

use super::error::RuleError;
use super::yaml::parse;
use crate::domain::correlation::Correlation;

/// Reads the thresholds; without a file, those that come with the program.
pub fn load(files: &[(&str, &str)], errors: &mut Vec<RuleError>) -> Correlation {
    let mut found: Option<(Correlation, &str)> = None;
    for (path, text) in files {
        let file = match parse::<Correlation>(path, text) {
            Ok(file) => file,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let mut mistakes = super::id::check(&file, &["id"], &file.value.id);
        if file.value.why.trim().is_empty() {
            mistakes.push(file.error(&["why"], "why 是空的", "写明依据；法规未定的，写本办自定"));
        }
        if let Err(what) = file.value.check() {
            let section = what.split(['.', ' ']).next().unwrap_or_default().to_owned();
            mistakes.push(file.error(&[&section], what, "改为合理的数值"));
        }
        if let Some((_, first)) = found {
            mistakes.push(file.error(&["id"], format!("归并规则只能有一个，已有 {first}"), "合并到一个文件"));
        }
        if mistakes.is_empty() {
            found = Some((file.value, path));
        } else {
            errors.extend(mistakes);
        }
    }
    found.map_or_else(Correlation::default, |(rules, _)| rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = include_str!("../../rules/correlation/default.yaml");

    fn load_one(text: &str) -> (Correlation, Vec<RuleError>) {
        let mut errors = Vec::new();
        let rules = load(&[("correlation/default.yaml", text)], &mut errors);
        (rules, errors)
    }

    #[test]
    fn the_file_that_ships_says_what_the_program_would_do_without_it() {
        let (rules, errors) = load_one(DEFAULT);
        assert_eq!(errors.len(), 0, "{errors:?}");
        let built_in = Correlation { why: rules.why.clone(), ..Correlation::default() };
        assert_eq!(rules, built_in);
    }

    #[test]
    fn a_mistake_names_its_line() {
        let (_, errors) = load_one(&DEFAULT.replace("  from: 0.17", "  from: 2.5"));
        let line = DEFAULT.lines().position(|line| line.starts_with("same_matter:")).unwrap() + 1;
        assert_eq!((errors.len(), errors[0].line), (1, line), "{errors:?}");
        let (_, errors) = load_one(&DEFAULT.replace("repeats: 3", "repeat: 3"));
        assert!(errors[0].to_string().contains("repeat"), "{errors:?}");
        let mut errors = Vec::new();
        load(&[("correlation/a.yaml", DEFAULT), ("correlation/b.yaml", DEFAULT)], &mut errors);
        assert!(errors[0].to_string().contains("只能有一个"), "{errors:?}");
    }
}
