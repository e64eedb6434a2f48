//! Takes away what has served: closed jobs with their idempotency keys, recent writes, what is over.
//!
//! The index says what is old enough; each removal still looks at the item itself, for the index is a little behind. What
//! bears a time to live the table also removes by itself, up to days later.

use super::DynamoStore;
use super::action::{Action, MAX_ACTIONS, Step, Terms};
use super::caller::Sent;
use super::item::{Item, Key, PARTITION, SORT, number, text};
use super::keys;
use super::pages::Pages;
use crate::stage::Stage;
use crate::{StoreError, UnixMillis};

impl DynamoStore {
    /// Removes what is older than that; how many jobs went.
    pub(super) async fn prune_before(&self, before: UnixMillis) -> Result<u64, StoreError> {
        self.prune_queue(keys::RECENT, before, 1, |item| {
            let old =
                Terms::when("attribute_not_exists(#pk) OR #at < :before").with(":before", number(before.0));
            Ok(vec![Action::delete(&place(item)?, old)])
        })
        .await?;
        self.prune_queue(keys::ENDING, before, 1, |item| {
            let over = Terms::when("attribute_not_exists(#pk) OR #expires_at < :before");
            Ok(vec![Action::delete(&place(item)?, over.with(":before", number(before.0)))])
        })
        .await?;
        self.prune_queue(keys::CLOSED, before, 2, |item| {
            let job = place(item)?;
            let closed = Terms::when("attribute_not_exists(#pk) OR #stage = :closed");
            let id = job.partition.strip_prefix("job#").unwrap_or_default();
            // Its key goes with it, unless that key is another job's by now.
            let own = Terms::when("attribute_not_exists(#pk) OR #job = :job").with(":job", text(id));
            Ok(vec![
                Action::delete(&keys::accepted(item.text("key")?), own),
                Action::delete(&job, closed.with(":closed", number(Stage::Closed.number()))),
            ])
        })
        .await
    }

    /// Removes the items of one queue that are older, by `actions` each of which `each` make; how many items went.
    async fn prune_queue(
        &self,
        queue: &str,
        before: UnixMillis,
        each: usize,
        actions: impl Fn(&Item) -> Result<Vec<Action>, StoreError>,
    ) -> Result<u64, StoreError> {
        let values = [(":queue", text(queue)), (":before", number(before.0))];
        let condition = "#queue = :queue AND #at < :before";
        let mut pages = Pages::new(&self.caller, Some(keys::INDEX), condition, &values);
        let together = MAX_ACTIONS / each;
        let mut gone = 0;
        while let Some(items) = pages.next(together as u64).await? {
            for items in items.chunks(together) {
                if self.remove(items, &actions).await? {
                    gone += items.len() as u64;
                    continue;
                }
                // One of them has changed: the others go one by one.
                for item in items {
                    gone += u64::from(self.remove(std::slice::from_ref(item), &actions).await?);
                }
            }
        }
        Ok(gone)
    }

    async fn remove(
        &self,
        items: &[Item],
        actions: &impl Fn(&Item) -> Result<Vec<Action>, StoreError>,
    ) -> Result<bool, StoreError> {
        let mut step = Step::new(self.caller.fresh());
        for item in items {
            for action in actions(item)? {
                step.add(action);
            }
        }
        if step.is_empty() {
            return Ok(true);
        }
        Ok(matches!(self.caller.send(&step).await?, Sent::Done))
    }
}

fn place(item: &Item) -> Result<Key, StoreError> {
    Ok(Key::new(item.text(PARTITION)?, item.text(SORT)?))
}
