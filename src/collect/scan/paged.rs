//! Articles that are cut into several pages (分页): read to their end, or not taken yet.

use std::collections::HashSet;

use url::Url;

use super::pages::Gone;
use super::{Scanner, ShelfError};
use crate::collect::detail::Detail;

/// Pages of one article.
const PAGES_MAX: usize = 30;

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
                Err(gone) => return Ok(Err(gone)),
            };
            if !whole.text.contains(&more.text) {
                whole.text.push('\n');
                whole.text.push_str(&more.text);
            }
            whole.next_page = more.next_page;
        }
        Ok(Ok(whole))
    }
}
