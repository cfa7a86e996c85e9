//! Puts the hub under load and prints one JSON row a line: `wedsync-bench-hub HUB-BINARY CLIENTS EDITS-A-SECOND SECONDS`.

mod device;
mod load;
mod process;
mod restart;

use serde_json::json;
use std::path::PathBuf;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Row {
    metric: String,
    value: f64,
    unit: &'static str,
    runs: usize,
}

/// One thread, so that the hub has a core of its own on a machine with two.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let mut next = || {
        args.next().ok_or("say HUB-BINARY CLIENTS EDITS-A-SECOND SECONDS, such as wedsync-hub 1000 100 20")
    };
    let (hub, clients, edits, seconds) =
        (PathBuf::from(next()?), next()?.parse()?, next()?.parse()?, next()?.parse()?);
    let mut rows = load::run(&hub, clients, edits, seconds).await?;
    rows.extend(restart::run(&hub, clients / 5).await?);
    for Row { metric, value, unit, runs } in rows {
        let row = json!({ "workload": "hub", "system": "wedsync", "metric": metric, "value": value, "unit": unit, "runs": runs });
        println!("{row}");
    }
    Ok(())
}

/// Of sorted values; the one that so many percent do not exceed.
fn percentile(sorted: &[u32], percent: usize) -> u32 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or(0)
}
