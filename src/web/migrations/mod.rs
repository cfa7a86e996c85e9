//! The database's schema, one file a version. A new version is a new file, one line in [`schema`], and a fixture
//! of the version before it in `tests/fixtures`.
//!
//! The builder deletes every object store that is not declared: each file declares what it adds on top of the
//! ones before, and all of them run always.

mod v1;
mod v2;
mod v3;

use idb::builder::DatabaseBuilder;

pub(super) const VERSION: u32 = 3;

pub(super) fn schema(name: &str) -> DatabaseBuilder {
    let builder = DatabaseBuilder::new(name).version(VERSION);
    v3::declare(v2::declare(v1::declare(builder)))
}
