//! The record against the tables: what an auditor checks (`huiying verify`), and what an operator writes anew from the
//! record where a table is damaged (`huiying rebuild`). Both walk every stream from its first event.

mod fold;
mod rebuild;
mod tables;
mod verify;

pub use rebuild::{Rebuilt, rebuild};
pub use verify::{Verification, verify};

use std::collections::BTreeMap;

use crate::store::{StoreError, StoredStream, Tx};

use self::fold::Fold;
use self::tables::Tables;

/// Streams walked at once, in one snapshot of the database.
const PAGE_STREAMS: i64 = 100;
/// Streams without a state, and rows without a record, that are named.
const LOST_MAX: i64 = 500;

/// What the record of some streams says, with what the tables hold of them; by stream. All in the transaction's moment.
async fn examine(tx: &mut Tx, page: &[StoredStream]) -> Result<Vec<(Fold, Tables)>, StoreError> {
    let names: Vec<&str> = page.iter().map(|stored| stored.stream.as_str()).collect();
    let mut folds: BTreeMap<&str, Fold> = names.iter().map(|name| (*name, Fold::begin(name))).collect();
    for row in tx.events_of(&names).await? {
        if let Some(fold) = folds.get_mut(row.stream.as_str()) {
            fold.step(&row);
        }
    }
    let folds: Vec<Fold> = folds.into_values().collect();
    let mut tables = Tables::of(tx, &folds).await?;
    for stored in page {
        tables.entry(stored.stream.clone()).or_default().stream = Some(stored.clone());
    }
    let of = |fold: Fold| {
        let held = tables.remove(&fold.stream).unwrap_or_default();
        (fold, held)
    };
    Ok(folds.into_iter().map(of).collect())
}
