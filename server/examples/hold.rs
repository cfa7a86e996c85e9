//! Holds the write lock of a hub's database until its input ends: commits wait, as on a disk that is slow.
//!
//!     cargo run -p wedsync-hub --example hold -- data/hub.sqlite

use rusqlite::Connection;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let database = std::env::args().nth(1).ok_or("usage: hold DATABASE")?;
    let db = Connection::open(database)?;
    db.busy_timeout(std::time::Duration::from_secs(10))?;
    db.execute_batch("BEGIN IMMEDIATE")?;
    println!("held");
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    db.execute_batch("ROLLBACK")?;
    Ok(())
}
