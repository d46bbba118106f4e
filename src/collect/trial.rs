//! A definition tried on a page (试采): what would be collected of it, and why a field is empty. Nothing is stored.

use scraper::Html;

use super::definition::{DetailRules, FieldRule, SourceDefinition, SourceKind};
use super::detail;
use super::field::Field;
use super::list::Item;
use super::page::Page;
use super::time_expression::publish_time;
use super::{feed, json, list, sitemap, wall};
use crate::domain::instant::Instant;

/// Characters of a value that are shown where it can't be read.
const SHOWN_CHARS_MAX: usize = 40;

/// What a trial gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// Items, in the page's order.
    pub items: Vec<Item>,
    /// What a person should know: fields that are empty, and why.
    pub notes: Vec<String>,
}

/// Reads a page as the source's list, feed or answer.
pub fn list(page: &Page, source: &SourceDefinition, now: Instant) -> Result<Trial, String> {
    let mut trial = Trial::default();
    match (source.kind, &source.list, &source.json) {
        (SourceKind::Feed | SourceKind::Rsshub, ..) => {
            trial.items = feed::read(page, now).map_err(|error| error.to_string())?;
        }
        (SourceKind::Sitemap, ..) => trial.items = sitemap::read(page, now)?.items,
        (SourceKind::Json, _, Some(rules)) => {
            let read = json::read(page, rules, source.detail.is_none(), now).map_err(|error| error.to_string())?;
            trial.unusable(read.unusable);
            trial.items = read.items;
        }
        (_, Some(rules), _) => {
            let read = list::read(page, rules, now);
            trial.unusable(read.unusable);
            trial.items = read.items;
            let html = page.parse();
            trial.explain_list(&html, rules, now);
            if rules.next.is_some() {
                trial.notes.push(match read.next {
                    Some(next) => format!("下一页：{next}"),
                    None => "list.next 没有选中链接：这是最后一页，或选择器不对".into(),
                });
            }
        }
        _ => return Err("这种信源没有可试的网页（inbox、webhook 由对方送来）".into()),
    }
    if trial.items.is_empty() {
        trial.notes.push("一条也没有：页面已改版、内容由脚本生成，或 items 不对".into());
    }
    Ok(trial)
}

/// Reads a page as one of the source's articles or letters.
pub fn detail(page: &Page, rules: Option<&DetailRules>, now: Instant) -> (Option<detail::Detail>, Vec<String>) {
    let read = detail::read(page, rules, now);
    let mut notes = Vec::new();
    match &read {
        Err(error) => notes.push(error.to_string()),
        Ok(read) => notes.extend(wall::worse(&read.text, None)),
    }
    if let Some(rules) = rules {
        let html = page.parse();
        let named: [(&str, &Option<FieldRule>, bool); 8] = [
            ("detail.title", &rules.title, false),
            ("detail.text", &rules.text, false),
            ("detail.published_at", &rules.published_at, true),
            ("detail.author", &rules.author, false),
            ("detail.source", &rules.source, false),
            ("detail.reply", &rules.reply, false),
            ("detail.reply_at", &rules.reply_at, true),
            ("detail.reply_by", &rules.reply_by, false),
        ];
        for (key, rule, is_time) in named {
            let Some(rule) = rule else { continue };
            notes.extend(why_empty(&[html.root_element()], key, rule, is_time.then_some(now)));
        }
    }
    (read.ok(), notes)
}

impl Trial {
    fn unusable(&mut self, count: usize) {
        if count > 0 {
            self.notes.push(format!("{count} 项既没有链接也没有正文，不会收录"));
        }
    }

    fn explain_list(&mut self, html: &Html, rules: &super::definition::ListRules, now: Instant) {
        let items = Field::of(&rules.items).elements(html.root_element());
        if items.is_empty() {
            self.notes.push(format!("list.items “{}”没有选中任何元素", rules.items.at));
            return;
        }
        let named = [
            ("list.title", rules.title.as_ref(), false),
            ("list.published_at", rules.published_at.as_ref(), true),
            ("list.author", rules.author.as_ref(), false),
            ("list.text", rules.text.as_ref(), false),
        ];
        for (key, rule, is_time) in named {
            let Some(rule) = rule else { continue };
            self.notes.extend(why_empty(&items, key, rule, is_time.then_some(now)));
        }
    }
}

/// Why a rule gives nothing within some of the elements; nothing if it gives something in each.
fn why_empty(
    within: &[scraper::ElementRef<'_>],
    key: &str,
    rule: &FieldRule,
    time_at: Option<Instant>,
) -> Option<String> {
    let field = Field::of(rule);
    let (mut missing, mut empty, mut unread) = (0, 0, Vec::new());
    for element in within {
        match field.value(*element, &[]) {
            None if field.elements(*element).is_empty() => missing += 1,
            None => empty += 1,
            Some(value) => {
                if let Some(now) = time_at
                    && publish_time(&value, now).is_none()
                {
                    unread.push(value);
                }
            }
        }
    }
    let all = within.len();
    let at = &rule.at;
    if missing > 0 {
        return Some(format!("{key} “{at}”：{all} 处中有 {missing} 处没有选中任何元素"));
    }
    if empty > 0 {
        let pattern = rule.pattern.as_ref().map_or(String::new(), |pattern| format!("，或不合 match “{pattern}”"));
        return Some(format!("{key} “{at}”：{all} 处中有 {empty} 处选中的元素是空的{pattern}"));
    }
    let shown: String = unread.first()?.chars().take(SHOWN_CHARS_MAX).collect();
    Some(format!("{key} “{at}”：{all} 处中有 {} 处读不出时间，如“{shown}”", unread.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_field_says_why() {
        let html = "<ul><li><a href='/1'>停水</a><i>不详</i><b></b></li><li><a href='/2'>路灯</a><i>2026-05-11</i><b></b></li></ul>";
        let url = url::Url::parse("https://a.cn/").unwrap();
        let page = Page::open(html.as_bytes(), None, None, Some(&url)).unwrap();
        let yaml = "{ id: x, kind: html, name: n, url: 'https://a.cn/', channel: news, why: w, \
                    list: { items: li, url: 'a@href', title: a, published_at: i, author: b, text: u } }";
        let source = SourceDefinition::from_yaml("x.yaml", yaml).unwrap();
        let now = "2026-05-13T10:00:00+08:00".parse().unwrap();
        let trial = list(&page, &source, now).unwrap();
        assert_eq!(trial.items.len(), 2);
        let notes = trial.notes.join("\n");
        for word in [
            "published_at “i”：2 处中有 1 处读不出时间，如“不详”",
            "author “b”：2 处中有 2 处选中的元素是空的",
            "text “u”：2 处中有 2 处没有选中",
        ] {
            assert!(notes.contains(word), "{word}: {notes}");
        }
        let rules: DetailRules = serde_saphyr::from_str("{ text: '#zoom' }").unwrap();
        let (read, notes) = detail(&page, Some(&rules), now);
        assert!(read.is_none() && notes.join("").contains("#zoom"));
    }
}
