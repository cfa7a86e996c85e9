//! What the driver needs from the outside. The engine knows none of it.

pub mod memory;
pub mod store;
pub mod transport;

pub use store::{Durability, ReadTx, Space, Store, StoreError, WriteTx};
pub use transport::{Link, Transport, TransportEvent};
