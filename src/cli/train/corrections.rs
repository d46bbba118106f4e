//! What analysts put right: a department that a person made the lead of a case teaches whose matter its first text is.

use super::super::{Failure, Global, open};
use crate::store::Store;
use crate::text::learn::{Example, Label};
use crate::text::model::Head;

/// A person looked at the case and decided: it counts more than a letter's reply, which only names somebody.
const WEIGHT: f32 = 2.0;

/// Reads them from the configured database.
pub fn read(global: &Global) -> Result<Vec<Example>, Failure> {
    let config = open::config(global)?;
    open::runtime()?.block_on(async {
        let store = open::existing(&config).await?;
        let read = of(&store).await;
        read.map_err(open::database)
    })
}

async fn of(store: &Store) -> Result<Vec<Example>, crate::store::StoreError> {
    let mut examples = Vec::new();
    for task in store.leads_given_by_persons().await? {
        let Some(mention) = store.mentions_of(&task.incident, 0, 1).await?.into_iter().next() else { continue };
        let label = Label { head: Head::Department, class: task.department.to_string(), expert: None, weight: WEIGHT };
        examples.push(Example { title: mention.title, text: mention.text, labels: vec![label] });
    }
    Ok(examples)
}
