//! What is wrong with a command line, in one Chinese line: the argument library says it in English.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use crate::domain::json_words::in_chinese;

/// The line, or none where help or the version was asked for.
pub(super) fn line(error: &Error, program: &Command) -> Option<String> {
    let of = |kind| error.get(kind).map(words).filter(|words| !words.is_empty());
    let argument = of(ContextKind::InvalidArg).unwrap_or_default();
    let value = of(ContextKind::InvalidValue).unwrap_or_default();
    let possible = of(ContextKind::ValidValue).map(|all| format!("，可用：{all}")).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return None,
        ErrorKind::UnknownArgument => format!("没有参数 {argument}"),
        ErrorKind::MissingRequiredArgument => format!("缺少 {argument}"),
        ErrorKind::InvalidSubcommand => format!("没有命令 {}", of(ContextKind::InvalidSubcommand).unwrap_or_default()),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let named = of(ContextKind::ValidSubcommand);
            let all = || program.get_subcommands().map(Command::get_name).collect::<Vec<_>>().join("、");
            format!("缺少命令，可用：{}", named.unwrap_or_else(all))
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} 缺少值{possible}"),
        ErrorKind::InvalidValue => format!("{argument} 不能是“{value}”{possible}"),
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(in_chinese);
            format!("{argument} 的值“{value}”不对：{}", why.unwrap_or_else(|| "写法不对".to_owned()))
        }
        ErrorKind::NoEquals => format!("{argument} 与值之间要写等号"),
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => {
            format!("{argument} 的值的个数不对")
        }
        ErrorKind::ArgumentConflict => {
            let other = of(ContextKind::PriorArg).filter(|other| *other != argument);
            other.map_or_else(|| format!("{argument} 只能写一次"), |other| format!("{argument} 与 {other} 不能同时用"))
        }
        ErrorKind::InvalidUtf8 => "参数不是 UTF-8 文字".to_owned(),
        _ => "命令行写法不对".to_owned(),
    };
    let near = of(ContextKind::SuggestedArg)
        .or_else(|| of(ContextKind::SuggestedSubcommand))
        .or_else(|| of(ContextKind::SuggestedValue));
    let fix = near.map_or_else(|| "用 --help 查看写法".to_owned(), |near| format!("是不是 {near}"));
    Some(format!("{what} — {fix}"))
}

fn words(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(all) => all.join("、"),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::StyledStrs(all) => all.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"),
        ContextValue::Number(number) => number.to_string(),
        ContextValue::Bool(yes) => yes.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::super::Cli;
    use super::*;

    #[test]
    fn the_commonest_slips_are_told_in_chinese() {
        let program = Cli::command();
        for (arguments, said) in [
            (vec![], "缺少命令，可用：serve、"),
            (vec!["srve"], "没有命令 srve — 是不是 "),
            (vec!["serve", "--lisen", "a"], "没有参数 --lisen — 是不是 --listen"),
            (vec!["serve", "--listen"], "缺少值"),
            (vec!["serve", "--listen", "nowhere"], "的值“nowhere”不对"),
            (vec!["import", "a.jsonl", "--format", "xml"], "的值“xml”不对"),
            (vec!["import"], "缺少 <FILE>"),
            (vec!["restore", "a", "b"], "没有参数 b"),
            (vec!["user"], "缺少命令"),
        ] {
            let error = Cli::try_parse_from(["huiying"].into_iter().chain(arguments.clone())).unwrap_err();
            let line = line(&error, &program).expect("a line");
            assert!(line.contains(said), "{arguments:?}: {line}");
            assert!(!line.contains('\n') && !line.contains("error"), "{line}");
        }
        let help = Cli::try_parse_from(["huiying", "--help"]).unwrap_err();
        assert_eq!(line(&help, &program), None);
    }
}
