//! Times the checks natively and prints one JSON row a line: `wedsync-bench-check RUNS SHIFTS...`.

use serde_json::json;
use std::time::Instant;
use wedsync_bench_check::Plan;

/// Edits that are timed together: one alone is near the clock's own cost.
const EDITS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let runs = args.next().ok_or("say how many runs and how many shifts, such as 10 1000 10000")?.parse()?;
    for shifts in args {
        measure(shifts.parse()?, runs);
    }
    Ok(())
}

fn measure(shifts: usize, runs: usize) {
    let plan = Plan::new(shifts);
    let row = |system: &str, metric: &str, value: f64, unit: &str| {
        let metric = format!("{metric}, {shifts} assignments, native");
        println!(
            "{}",
            json!({"workload": "check", "system": system, "metric": metric, "value": value, "unit": unit, "runs": runs})
        );
    };
    row("wedsync", "full check", median(runs, || plan.check()), "ms");
    let mut season = plan.check();
    let edits = median(runs, || (0..EDITS).for_each(|number| plan.edit(&mut season, number)));
    row("wedsync", "one edit", edits * 1000.0 / EDITS as f64, "us");
    let previews = median(runs, || (0..EDITS).map(|_| plan.preview(&season)).sum::<usize>());
    row("wedsync", "preview of one edit", previews * 1000.0 / EDITS as f64, "us");
    row("wedsync", "all conflicts as sentences", median(runs, || plan.explain(&season)), "ms");
    row("raw", "full check", median(runs, || plan.read()), "ms");
}

/// Milliseconds of the run in the middle, after one to warm up. What it made is dropped when the time is taken.
fn median<T>(runs: usize, mut run: impl FnMut() -> T) -> f64 {
    run();
    let mut times: Vec<f64> = (0..runs.max(1))
        .map(|_| {
            let start = Instant::now();
            let made = std::hint::black_box(run());
            let took = start.elapsed().as_secs_f64() * 1000.0;
            drop(made);
            took
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
