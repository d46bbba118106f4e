//! Looks at posts that are stored (再看): how far they went since, and what others wrote under them. Counts that a list shows are
//! read there; others, and comments, from the post's own page or from the feed of its comments.

use url::Url;

use super::{DETAILS_MAX, Scanner, ShelfError, UNREACHABLE_MAX, forced};
use crate::collect::comment::Comment;
use crate::collect::detail::Detail;
use crate::collect::fetch::Fetched;
use crate::collect::frontier::{Entry, Look, next_look};
use crate::collect::health::Failed;
use crate::collect::list::Item;
use crate::collect::page::Page;
use crate::collect::{feed, structure};
use crate::domain::instant::Instant;
use crate::domain::mention::Engagement;

/// Whether a list has to show the counts of an item.
fn is_by_list(item: &Item) -> bool {
    item.engagement.is_some()
}

impl Scanner<'_> {
    /// Finds out which counts the list is to be asked for.
    pub(super) async fn await_looks(&mut self, pages: u32) -> Result<(), ShelfError> {
        let due = self.shelf.looks(DETAILS_MAX).await?;
        self.looks = due
            .into_iter()
            .filter(|entry| is_by_list(&entry.item))
            .map(|entry| (entry.mention.clone(), entry))
            .collect();
        self.is_paged = pages > 1 || self.source.list.as_ref().is_some_and(|list| list.next.is_some());
        Ok(())
    }

    /// Whether pages are read for the counts on those behind them, as they stand.
    pub(super) fn looks_through_pages(&self) -> bool {
        self.is_paged && !self.looks.is_empty()
    }

    /// When a post that is new is looked at again.
    pub(super) fn plan_looks(&mut self, entry: &mut Entry, now: Instant) {
        let counts = entry.item.engagement;
        let is_commented = counts.is_none_or(|counts| counts.comments != Some(0));
        if entry.item.replies.is_some() && is_commented {
            self.replies.insert(entry.mention.clone(), counts);
            entry.look_at = Some(now);
            // Until the comments are read, the counts that are remembered say that they were not.
            entry.item.engagement = counts.map(|counts| Engagement { comments: Some(0), ..counts });
        } else if counts.is_some() || entry.item.replies.is_some() {
            entry.look_at = Some(next_look(entry.first_seen_at, now, false));
        }
    }

    /// A list shows a known post again; gives whether that was to be noted.
    pub(super) fn note_look(&mut self, entry: &mut Entry, item: &Item) -> bool {
        let comments = |counts: Option<Engagement>| counts.and_then(|counts| counts.comments).unwrap_or(0);
        let has_more = item.replies.is_some() && comments(item.engagement) > comments(entry.item.engagement);
        let is_due = self.looks.remove(&entry.mention).is_some();
        if !is_due && !has_more {
            return false;
        }
        if has_more {
            self.replies.insert(entry.mention.clone(), item.engagement);
            entry.look_at = Some(self.shelf.now());
        }
        entry.look = Some(Look { reach: item.engagement, is_whole: !has_more, ..Look::default() });
        true
    }

    /// The look that the first reading of a page is.
    pub(super) fn first_look(&self, entry: &mut Entry, detail: &mut Detail, now: Instant) {
        let comments = detail.comments.take();
        if detail.reach.is_none() && comments.is_none() {
            return;
        }
        let is_new = entry.look_at.is_none();
        if is_new {
            entry.look_at = Some(next_look(entry.first_seen_at, now, false));
        }
        let comments = self.comments(entry, comments.unwrap_or_default());
        let reach = detail.reach.filter(|_| !is_new);
        entry.look = Some(Look { reach, comments, is_whole: false });
    }

    fn comments(&self, entry: &Entry, comments: Vec<Comment>) -> Vec<crate::domain::mention::MentionInput> {
        if !self.source.comments {
            return Vec::new();
        }
        let of_post = self.mention(&entry.item);
        comments.into_iter().map(|comment| comment.mention(&entry.mention, &of_post)).collect()
    }

    /// Looks at the posts that are due, as many as a run may.
    pub(super) async fn look_again(&mut self) -> Result<(), ShelfError> {
        self.flush().await?;
        // The list was read to its end and shows these no more, or shows them as they were.
        let gone = std::mem::take(&mut self.looks);
        if self.is_at_end {
            let is_paged = self.is_paged;
            // A feed of comments may have been out of reach when the list last told of more.
            let silent = gone.into_values().filter(|entry| is_paged || entry.item.replies.is_none());
            let settled = silent.map(|mut entry| {
                entry.look = (!is_paged).then(|| Look { is_whole: true, ..Look::default() });
                entry.look_at = None;
                entry
            });
            let settled = settled.collect();
            self.keep(settled).await?;
        }
        let due = self.shelf.looks(DETAILS_MAX).await?;
        let due = due.into_iter().filter(|entry| !is_by_list(&entry.item) || entry.item.replies.is_some());
        for entry in due.collect::<Vec<_>>() {
            if self.details >= DETAILS_MAX || self.unreachable >= UNREACHABLE_MAX || self.is_over() {
                break;
            }
            self.details += 1;
            self.look(entry).await?;
            self.flush().await?;
        }
        Ok(())
    }

    async fn look(&mut self, mut entry: Entry) -> Result<(), ShelfError> {
        let mut look = Look { is_whole: true, ..Look::default() };
        let seen = match (entry.item.replies.clone(), self.page_of(&entry.item)) {
            (Some(url), _) => match self.read_replies(&url).await? {
                Ok(comments) => {
                    if let Some(counts) = self.replies.remove(&entry.mention) {
                        entry.item.engagement = counts;
                        look.reach = counts;
                    }
                    look.comments = self.comments(&entry, comments);
                    Ok(())
                }
                Err(why) => Err((url, why)),
            },
            (None, Some(url)) => match self.whole(&url).await? {
                Ok(detail) => {
                    look.reach = detail.reach;
                    look.comments = self.comments(&entry, detail.comments.unwrap_or_default());
                    Ok(())
                }
                Err(gone) => Err((url, gone.why)),
            },
            (None, None) => Ok(()),
        };
        if let Err((url, why)) = seen {
            // The next look may see it; the post itself is stored.
            self.scan.run.failed.push(Failed { what: url.to_string(), why, for_good: false });
        }
        entry.look = Some(look);
        self.kept.push(entry);
        Ok(())
    }

    async fn read_replies(&mut self, url: &Url) -> Result<Result<Vec<Comment>, String>, ShelfError> {
        self.shelf.go_on().await?;
        let now = self.shelf.now();
        let body = match self.fetcher.get(url, self.source, None, now).await {
            Ok(Fetched::Body(body)) => body,
            Ok(Fetched::NotModified) => return Ok(Ok(Vec::new())),
            Err(error) => {
                self.unreachable = if error.is_passing() { self.unreachable + 1 } else { 0 };
                return Ok(Err(error.to_string()));
            }
        };
        self.unreachable = 0;
        let forced = forced(self.source).map(str::to_owned);
        let read = self.fetcher.parse(body.bytes.len(), move || {
            let page = Page::decode(&body.bytes, body.content_type.as_deref(), forced.as_deref(), Some(&body.url));
            let page = page.map_err(|error| error.to_string())?;
            structure::check_markup(&page.text).map_err(|error| error.to_string())?;
            feed::comments(&page, now).map_err(|error| error.to_string())
        });
        Ok(read.await)
    }
}
