//! `npm run sim -- --seeds N --from S`: one line a failing seed; exit status 1 on any.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use wedsync_sim::{Size, run};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: u64| match arguments.iter().position(|a| a == name) {
        None => Ok(default),
        Some(i) => arguments.get(i + 1).and_then(|v| v.parse().ok()).ok_or(name.to_owned()),
    };
    let parsed = (|| {
        let size = Size::default();
        let size = Size {
            devices: number("--devices", size.devices as u64)?.max(1) as usize,
            steps: number("--steps", size.steps as u64)? as usize,
            tells: arguments.iter().any(|a| a == "--trace"),
        };
        Ok::<_, String>((number("--from", 1)?, number("--seeds", 100)?, size))
    })();
    let (from, seeds, size) = match parsed {
        Ok(parsed) => parsed,
        Err(name) => {
            eprintln!(
                "{name} takes a number; usage: sim [--seeds N] [--from S] [--devices D] [--steps T] [--trace]"
            );
            return ExitCode::from(2);
        }
    };
    // A seed that panics is a failing seed; the rest go on.
    std::panic::set_hook(Box::new(|_| {}));
    let next = AtomicU64::new(0);
    let failed = Mutex::new(Vec::new());
    let (saved, faults) = (AtomicU64::new(0), AtomicU64::new(0));
    let started = Instant::now();
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= seeds {
                        return;
                    }
                    let seed = from + i;
                    let result = std::panic::catch_unwind(|| run(seed, size));
                    let failure = match result {
                        Ok(outcome) => {
                            saved.fetch_add(outcome.saved as u64, Ordering::Relaxed);
                            faults.fetch_add(outcome.faults as u64, Ordering::Relaxed);
                            if seeds == 1 {
                                println!("seed {seed}: trace {:016x}", outcome.trace);
                            }
                            outcome.failures.first().cloned()
                        }
                        Err(panic) => {
                            let text = panic.downcast_ref::<String>().cloned();
                            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
                            Some(format!("panicked: {}", text.unwrap_or_default()))
                        }
                    };
                    if let Some(failure) = failure {
                        println!("seed {seed}: {failure}");
                        failed.lock().unwrap_or_else(|e| e.into_inner()).push(seed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(|e| e.into_inner()).len() as u64;
    eprintln!(
        "{seeds} seeds of {} devices and {} steps in {:.1} s: {} edits saved, {} faults",
        size.devices,
        size.steps,
        started.elapsed().as_secs_f32(),
        saved.load(Ordering::Relaxed),
        faults.load(Ordering::Relaxed),
    );
    println!("{} passed, {failed} failed", seeds - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
