//! Version 1: one object store a space, keys out of line, values `Uint8Array`.

use idb::builder::{DatabaseBuilder, ObjectStoreBuilder};

/// Spelled out, not taken from `Space`: what version 1 was never changes.
const STORES: [&str; 7] = ["meta", "outbox", "receipts", "heads", "snapshots", "log", "views"];

pub(super) fn declare(builder: DatabaseBuilder) -> DatabaseBuilder {
    STORES.iter().fold(builder, |builder, name| builder.add_object_store(ObjectStoreBuilder::new(name)))
}
