//! Version 3: a queue whose keys are numbers that the database gives. What is in the outbox moves there as a change of the
//! records' format, in `storage.rs`.

use idb::builder::{DatabaseBuilder, ObjectStoreBuilder};

pub(super) fn declare(builder: DatabaseBuilder) -> DatabaseBuilder {
    builder.add_object_store(ObjectStoreBuilder::new("queue").auto_increment(true))
}
