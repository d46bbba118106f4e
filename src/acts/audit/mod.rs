//! The record against the tables: what an auditor checks (`huiying verify`), and what an operator writes anew from the
//! record where a table is damaged (`huiying rebuild`). Both walk every stream from its first event.

mod evidence;
mod fold;
mod rebuild;
mod tables;
mod verify;

pub use rebuild::{Rebuilt, rebuild};
pub use verify::{Verification, verify};

use std::collections::BTreeMap;

use crate::store::{Orphan, Store, StoreError, StoredStream, Tx};

use self::fold::Fold;
use self::tables::Tables;

/// Streams walked at once, in one snapshot of the database.
const PAGE_STREAMS: i64 = 100;
/// Streams without a state, and rows without a record, that are named.
const LOST_MAX: i64 = 500;

/// That rows follow from no record, in words.
fn unrecorded(orphan: &Orphan) -> String {
    format!("{}：表 {} 中有，而没有记录", orphan.id, orphan.table)
}

/// The next streams after one, by name, as they stand in one moment; none at the end. `after` becomes the last of them.
async fn next_page(store: &Store, after: &mut String) -> Result<Option<Vec<(Fold, Tables)>>, StoreError> {
    let mut moment = store.snapshot().await?;
    let page = moment.streams_after(after, PAGE_STREAMS).await?;
    let Some(last) = page.last() else { return Ok(None) };
    after.clone_from(&last.stream);
    let page = page.into_iter().map(|stored| (stored.stream.clone(), Some(stored))).collect();
    let examined = examine(&mut moment, page).await?;
    moment.rollback().await?;
    Ok(Some(examined))
}

/// What the record of some streams says, with what the tables hold of them; by stream, each with its own row if it has one.
/// All in the transaction's moment.
async fn examine(tx: &mut Tx, page: Vec<(String, Option<StoredStream>)>) -> Result<Vec<(Fold, Tables)>, StoreError> {
    let names: Vec<&str> = page.iter().map(|(name, _)| name.as_str()).collect();
    let registered = |stored: &Option<StoredStream>| stored.as_ref().map(|stored| (stored.seq, stored.head.clone()));
    let mut folds: BTreeMap<&str, Fold> =
        page.iter().map(|(name, stored)| (name.as_str(), Fold::begin(name, registered(stored)))).collect();
    for row in tx.events_of(&names).await? {
        if let Some(fold) = folds.get_mut(row.stream.as_str()) {
            fold.step(&row);
        }
    }
    folds.values_mut().for_each(Fold::end);
    let folds: Vec<Fold> = folds.into_values().collect();
    let (mut tables, unreadable) = Tables::of(tx, &folds).await?;
    if !unreadable.is_empty() && page.len() > 1 {
        // One row spoils the page: it is found, and the others are compared.
        let mut each = Vec::with_capacity(page.len());
        for one in page {
            each.extend(Box::pin(examine(tx, vec![one])).await?);
        }
        return Ok(each);
    }
    let mut stored: BTreeMap<String, Option<StoredStream>> = page.into_iter().collect();
    let of = |fold: Fold| {
        let mut held = tables.remove(&fold.stream).unwrap_or_default();
        held.stream = stored.remove(&fold.stream).flatten();
        held.unreadable.clone_from(&unreadable);
        (fold, held)
    };
    Ok(folds.into_iter().map(of).collect())
}
