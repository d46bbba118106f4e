//! The lists of a run: walked from their head until nothing is unknown, on from where an earlier walk was cut off, and once a
//! day to the end.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use url::Url;

use super::{Remembered, Scanner, ShelfError, forced};
use crate::collect::definition::{SourceDefinition, SourceKind};
use crate::collect::fetch::{Body, FetchError, Fetched};
use crate::collect::frontier::{Entry, State};
use crate::collect::health::Failed;
use crate::collect::list::{self, Item, Items};
use crate::collect::page::Page;
use crate::collect::reason::Reason;
use crate::collect::{depth, feed, json, sitemap, structure, wall};
use crate::domain::ids::MentionId;
use crate::domain::instant::{Instant, Span};

/// A list that was fetched and read.
struct Listed {
    items: Items,
    remembered: Remembered,
}

/// What a look at a list page gave.
enum Look {
    /// As it was when it was last read.
    Unchanged,
    /// Read; whether anything on it was unknown, and the page after it.
    Read { any_unknown: bool, next: Option<Url> },
    /// Not to be had now.
    Failed,
}

impl Scanner<'_> {
    /// Walks on from where an earlier run was cut off, to the end: what is known on the way was pushed back by newer items.
    pub(super) async fn finish_walk(&mut self, addresses: &[Url], url: Url, left: u32) -> Result<(), ShelfError> {
        self.scan.walk.resume = None;
        self.walk(addresses, url, left, false).await
    }

    /// Reads list pages one after the other, from the head of the list until a page holds nothing unknown, or to the end.
    /// The place where it would go on is kept with each page, so that a kill costs nothing.
    pub(super) async fn walk(
        &mut self,
        addresses: &[Url],
        from: Url,
        pages: u32,
        is_head: bool,
    ) -> Result<(), ShelfError> {
        let older = self.scan.walk.resume.clone();
        let (mut at, mut left) = (Some(from), pages);
        while let Some(url) = at.take() {
            if left > 0 && self.is_over() {
                self.scan.walk.resume = older;
                self.scan.walk.cut_off(url.as_str(), left);
                return Ok(());
            }
            if left == 0 || !self.visited.insert(url.to_string()) {
                self.is_at_end |= left == 0;
                self.scan.walk.resume = older;
                return Ok(());
            }
            let is_first = is_head && left == pages;
            left -= 1;
            self.scan.walk.resume.clone_from(&older);
            match self.list(&url, addresses, left, is_first).await? {
                // As it was: what comes after it was read with it.
                Look::Unchanged => self.is_at_end = true,
                Look::Failed => {
                    if !is_first {
                        self.scan.walk.cut_off(url.as_str(), left + 1);
                    }
                    return Ok(());
                }
                Look::Read { any_unknown, next }
                    if any_unknown
                        || self.is_full
                        || !is_head
                        || !self.looks.is_empty()
                        || self.source.kind == SourceKind::Sitemap =>
                {
                    self.is_at_end |= next.is_none();
                    at = next;
                }
                Look::Read { .. } => self.scan.walk.resume.clone_from(&older),
            }
            if is_first {
                // What is newest is fetched before older pages of the list are looked through.
                self.pages().await?;
            }
        }
        if is_head && self.is_full {
            self.scan.walk.full_at = Some(self.shelf.now());
        }
        Ok(())
    }

    /// Looks at a list page, and keeps what it shows together with where the walk goes on.
    async fn list(&mut self, url: &Url, addresses: &[Url], left: u32, is_first: bool) -> Result<Look, ShelfError> {
        self.shelf.go_on().await?;
        let listed = match self.fetch_list(url).await? {
            Ok(Some(listed)) => listed,
            Ok(None) => return Ok(Look::Unchanged),
            Err(error) => {
                self.list_failed(url, error, is_first);
                return Ok(Look::Failed);
            }
        };
        let Items { items, unusable, unlinked, next } = listed.items;
        *self.scan.run.seen.get_or_insert(0) += items.len() + unusable;
        self.note_parts(&items, unusable);
        // Rows without a post are a table's head, unless there is nothing else, or they are records of an interface.
        if unusable > 0 && (items.is_empty() || self.source.kind == SourceKind::Json) {
            let why = format!("{unusable} 项既没有链接也没有正文");
            self.scan.run.failed.push(Failed { what: url.to_string(), why, for_good: false });
        }
        for title in unlinked {
            let why = "列表中这一项没有可用的链接".to_owned();
            self.scan.run.failed.push(Failed { what: title, why, for_good: false });
        }
        let next = match addresses.iter().position(|address| address == url) {
            Some(at) if addresses.len() > 1 => addresses.get(at + 1).cloned(),
            _ => next,
        };
        if let Some(next) = &next {
            self.scan.walk.cut_off(next.as_str(), left);
        }
        let any_unknown = self.items(items).await?;
        self.scan.pages.push(listed.remembered);
        Ok(Look::Read { any_unknown, next })
    }

    /// What the items of a page have, to be compared with what they used to have.
    fn note_parts(&mut self, items: &[Item], unusable: usize) {
        let names = match self.source.kind {
            SourceKind::Json => ["json.url", "json.title", "json.text", "json.published_at", "json.author"],
            SourceKind::Feed | SourceKind::Rsshub | SourceKind::Sitemap => ["链接", "标题", "正文", "发布时间", "作者"],
            _ => ["list.url", "list.title", "list.text", "list.published_at", "list.author"],
        };
        for item in items {
            let has = [
                item.url.is_some(),
                item.title.is_some(),
                item.text.is_some(),
                item.published_at.is_some(),
                item.author.is_some(),
            ];
            for (name, has) in names.into_iter().zip(has) {
                self.scan.run.note(name, has);
            }
        }
        // Where others have a link, a row without one is a table's head.
        if items.is_empty() {
            (0..unusable).for_each(|_| self.scan.run.note(names[0], false));
        }
    }

    fn list_failed(&mut self, url: &Url, error: ListError, is_first: bool) {
        if is_first {
            self.scan.run.retry_after = error.retry_after;
            self.scan.run.reason = Some(error.reason);
            self.scan.run.error = Some(error.why);
        } else {
            self.scan.run.failed.push(Failed { what: url.to_string(), why: error.why, for_good: false });
        }
    }

    async fn fetch_list(&mut self, url: &Url) -> Result<Result<Option<Listed>, ListError>, ShelfError> {
        // A full walk needs the link to the next page, which only a page that is read again gives.
        // So does a look at counts: they may have changed on the pages behind it.
        let known = self.shelf.page(url.as_str()).await?.filter(|_| !self.is_full && !self.looks_through_pages());
        let now = self.shelf.now();
        let validators = known.as_ref().map(|known| &known.validators);
        let posted = self.source.json.as_ref().and_then(|json| json::posted(json, url));
        let body = match self.fetcher.ask(url, posted, self.source, validators, now).await {
            Ok(Fetched::Body(body)) => body,
            Ok(Fetched::NotModified) => return Ok(Ok(None)),
            Err(error) => return Ok(Err(error.into())),
        };
        let hash = hex::encode(Sha256::digest(&body.bytes));
        if known.is_some_and(|known| known.hash.as_ref() == Some(&hash)) {
            return Ok(Ok(None));
        }
        let remembered = Remembered { url: url.to_string(), validators: body.validators.clone(), hash: Some(hash) };
        let source = self.source.clone();
        let read = self.fetcher.parse(body.bytes.len(), move || Ok(read_list(&source, &body, now))).await;
        let mut items = read.unwrap_or_else(|why| Err(ListError::unreadable(why)));
        if let (Ok(items), false) = (&mut items, self.source.comments) {
            items.items.iter_mut().for_each(|item| item.replies = None);
        }
        Ok(items.map(|items| Some(Listed { items, remembered })))
    }

    /// Keeps what a list page shows; gives whether anything of it was unknown.
    async fn items(&mut self, mut items: Vec<Item>) -> Result<bool, ShelfError> {
        self.tell_apart(&mut items);
        let ids: Vec<MentionId> = items.iter().map(|item| self.mention(item).identity()).collect();
        let mut known: HashMap<MentionId, Option<Entry>> =
            self.shelf.known(&ids).await?.into_iter().map(|known| (known.id, known.entry)).collect();
        let now = self.shelf.now();
        let (mut entries, mut any_unknown) = (Vec::new(), false);
        for (position, (item, id)) in (0..).zip(items.into_iter().zip(ids)) {
            if !self.met.insert(id.clone()) {
                self.scan.run.unchanged += 1;
                continue;
            }
            match known.remove(&id) {
                None => {
                    any_unknown = true;
                    entries.push(Entry { position, ..self.unknown(id, item, now) });
                }
                Some(Some(entry)) => {
                    self.scan.run.unchanged += 1;
                    entries.extend(self.changed(entry, item, now));
                }
                // Another way brought it.
                Some(None) => {
                    self.scan.run.unchanged += 1;
                    let mut entry = Entry::new(id, item, now);
                    entry.told = true;
                    if self.watches_answers() {
                        entry.state = State::Letter;
                    } else {
                        (entry.state, entry.next_at) = (State::Stored, None);
                    }
                    entries.push(entry);
                }
            }
        }
        self.keep(entries).await?;
        Ok(any_unknown)
    }

    fn unknown(&mut self, id: MentionId, item: Item, now: Instant) -> Entry {
        let mut entry = Entry::new(id, item, now);
        if self.page_of(&entry.item).is_none() {
            entry.find = self.find(&entry.item);
            if entry.find.is_none() {
                let what = entry.mention.to_string();
                self.scan
                    .run
                    .failed
                    .push(Failed { what, why: "没有正文，也没有链接".into(), for_good: false });
            }
            entry.stored(None, now);
        } else {
            // Nothing to tell before its page was read.
            entry.told = self.find(&entry.item).is_none();
        }
        self.plan_looks(&mut entry, now);
        entry
    }

    /// A known item that the list now shows with another title or text, or with counts that were to be looked at.
    fn changed(&mut self, mut entry: Entry, item: Item, now: Instant) -> Option<Entry> {
        let words = |item: &Item| (item.title.clone(), item.is_whole.then(|| item.text.clone()).flatten());
        let is_other = words(&entry.item) != words(&item);
        if !self.note_look(&mut entry, &item) && !is_other {
            return None;
        }
        // As in `plan_looks`.
        let counts = if self.replies.contains_key(&entry.mention) { entry.item.engagement } else { item.engagement };
        entry.item = Item { engagement: counts, ..item };
        if is_other && self.page_of(&entry.item).is_some() {
            (entry.state, entry.tries, entry.next_at) = (State::Fetch, 0, Some(now));
        } else if is_other {
            entry.find = self.find(&entry.item);
        }
        Some(entry)
    }

    /// Several items of a page under one identity with other words are other posts.
    fn tell_apart(&self, items: &mut [Item]) {
        let words = |item: &Item| (item.title.clone(), item.text.clone());
        let mut first: HashMap<MentionId, (Option<String>, Option<String>)> = HashMap::new();
        for item in items {
            let id = self.mention(item).identity();
            let told = words(item);
            match first.get(&id) {
                None => {
                    first.insert(id, told);
                }
                Some(other) if *other == told => {}
                Some(_) => {
                    let hash = self.mention(item).content_hash();
                    let name = item.id.take().or_else(|| item.url.as_ref().map(Url::to_string)).unwrap_or_default();
                    item.id = Some(format!("{name}#{}", &hash[..12]));
                }
            }
        }
    }
}

struct ListError {
    why: String,
    reason: Reason,
    retry_after: Option<Span>,
}

impl ListError {
    fn unreadable(why: impl std::fmt::Display) -> Self {
        Self { why: why.to_string(), reason: Reason::Unreadable, retry_after: None }
    }
}

impl From<FetchError> for ListError {
    fn from(error: FetchError) -> Self {
        Self { why: error.to_string(), reason: error.reason(), retry_after: error.retry_after() }
    }
}

fn read_list(source: &SourceDefinition, body: &Body, now: Instant) -> Result<Items, ListError> {
    let (bytes, content_type) = (&body.bytes[..], body.content_type.as_deref());
    let page = Page::decode(bytes, content_type, forced(source), Some(&body.url)).map_err(ListError::unreadable)?;
    let read = read_items(source, &page, now);
    let is_none = read.as_ref().map_or(true, |found| found.items.is_empty());
    match wall::instead_of_list(&page.text).filter(|_| is_none) {
        Some(why) => Err(ListError { why, reason: Reason::Wall, retry_after: None }),
        None => read.map_err(ListError::unreadable),
    }
}

fn read_items(source: &SourceDefinition, page: &Page, now: Instant) -> Result<Items, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    match (source.kind, &source.list, &source.json) {
        (SourceKind::Sitemap, ..) => sitemap::read(page, now),
        (SourceKind::Feed | SourceKind::Rsshub, ..) => {
            match page.text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
                true => structure::check_json(&page.text),
                false => structure::check_markup(&page.text),
            }
            .map_err(|e| said(&e))?;
            let items = feed::read(page, now).map_err(|e| said(&e))?;
            Ok(Items { items, ..Items::default() })
        }
        (SourceKind::Json, _, Some(rules)) => {
            structure::check_json(&page.text).map_err(|e| said(&e))?;
            json::read(page, rules, source.detail.is_none(), now).map_err(|e| said(&e))
        }
        (_, Some(rules), _) => {
            depth::check(&page.text).map_err(|e| said(&e))?;
            Ok(list::read(page, rules, now))
        }
        _ => Err("信源定义缺少 list 或 json".into()),
    }
}
