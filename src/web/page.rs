//! Lists by cursor.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;

/// Items of a page where none is asked for.
const LIMIT_DEFAULT: i64 = 50;
/// Most items of a page.
const LIMIT_MAX: i64 = 200;

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; null at the end.
    #[schema(required)]
    pub next: Option<String>,
}

/// Where a page begins and how long it is.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Most items.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
}

impl Paging {
    /// The number of items asked for.
    pub fn limit(&self) -> Result<i64, Problem> {
        match self.limit {
            None => Ok(LIMIT_DEFAULT),
            Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
            Some(_) => Err(Problem::bad_request(format!("limit 应在 1 到 {LIMIT_MAX} 之间"))),
        }
    }

    /// What the cursor stands for.
    pub fn after<C: std::str::FromStr>(&self) -> Result<Option<C>, Problem> {
        let Some(cursor) = self.cursor.as_deref() else { return Ok(None) };
        let bad = || Problem::bad_request("cursor 不是上一页给出的 next，请从第一页重新取");
        let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.filter(|text| !text.contains('\0'));
        text.ok_or_else(bad)?.parse().map(Some).map_err(|_| bad())
    }
}

/// The page of what was fetched with one more than asked for, so that the end is known.
pub fn page<R, T>(
    mut rows: Vec<R>,
    limit: i64,
    cursor: impl Fn(&R) -> String,
    mut view: impl FnMut(R) -> T,
) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| URL_SAFE_NO_PAD.encode(cursor(row)));
    Page { items: rows.into_iter().map(&mut view).collect(), next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_begins_where_this_one_ends() {
        let first = page(vec![9_i64, 8, 7], 2, i64::to_string, |n| n);
        assert_eq!(first.items, [9, 8]);
        let paging = Paging { cursor: first.next, limit: None };
        assert_eq!(paging.after::<i64>().unwrap(), Some(8));
        assert_eq!(page(vec![7_i64], 2, i64::to_string, |n| n).next, None);
    }

    #[test]
    fn a_cursor_that_we_did_not_give_is_refused() {
        for cursor in ["!", "AA", "zzzzzzzzzzzzzzzzzzzzzzzz", ""] {
            let paging = Paging { cursor: Some(cursor.to_owned()), limit: None };
            assert!(paging.after::<i64>().is_err(), "{cursor}");
        }
        for limit in [0, -1, 201, i64::MAX] {
            assert!(Paging { cursor: None, limit: Some(limit) }.limit().is_err());
        }
    }
}
