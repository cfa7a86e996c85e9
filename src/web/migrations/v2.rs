//! Version 2: what one's own recent edits changed, and pages of the history.

use idb::builder::{DatabaseBuilder, ObjectStoreBuilder};

const STORES: [&str; 2] = ["steps", "history"];

pub(super) fn declare(builder: DatabaseBuilder) -> DatabaseBuilder {
    STORES.iter().fold(builder, |builder, name| builder.add_object_store(ObjectStoreBuilder::new(name)))
}
