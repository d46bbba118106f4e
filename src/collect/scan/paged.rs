//! Articles that are cut into several pages (分页): read to their end, or not taken yet.

use std::collections::HashSet;

use url::Url;

use super::pages::Gone;
use super::{Scanner, ShelfError};
use crate::collect::comment::{COMMENTS_MAX, Comment};
use crate::collect::detail::Detail;

/// Pages of one article.
const PAGES_MAX: usize = 30;
/// Pages of one thread that a look reads.
const THREAD_PAGES_MAX: usize = 5;

impl Scanner<'_> {
    /// What a page says, with the text of the pages that continue it. One that can't be had makes the article one that is asked
    /// for again: half of it would be kept for good.
    pub(super) async fn whole(&mut self, url: &Url) -> Result<Result<Detail, Gone>, ShelfError> {
        let mut whole = match self.detail(url).await? {
            Ok(detail) => detail,
            Err(gone) => return Ok(Err(gone)),
        };
        let mut seen = HashSet::from([url.to_string()]);
        while let Some(next) = whole.next_page.take() {
            if seen.len() >= PAGES_MAX || !seen.insert(next.to_string()) {
                break;
            }
            let more = match self.detail(&next).await? {
                Ok(more) => more,
                // What others wrote on a page that can't be had now is read at the next look.
                Err(_) if whole.comments.is_some() => break,
                Err(gone) => return Ok(Err(gone)),
            };
            if let Some(comments) = &mut whole.comments {
                if comments.len() >= COMMENTS_MAX || seen.len() >= THREAD_PAGES_MAX {
                    break;
                }
                if more.text != whole.text {
                    let (text, author) = (more.text, more.author);
                    comments.push(Comment { id: None, text, author, published_at: more.published_at });
                }
                comments.append(&mut more.comments.unwrap_or_default());
                whole.next_page = more.next_page;
                continue;
            }
            if !whole.text.contains(&more.text) {
                whole.text.push('\n');
                whole.text.push_str(&more.text);
            }
            whole.next_page = more.next_page;
        }
        Ok(Ok(whole))
    }
}
