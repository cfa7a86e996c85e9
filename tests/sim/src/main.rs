//! `npm run sim -- --seeds N --from S`: one line a failing seed; exit status 1 on any.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use wedsync_protocol::bugs::{self, Bug};
use wedsync_sim::case::Case;
use wedsync_sim::{attempt, shrink::shrink};

const USAGE: &str = "usage: npm run sim -- [--seeds N] [--from S] [--devices D] [--steps T] [--queued Q] [--bug NAME]
       npm run sim -- --case \"seed=7 devices=4 steps=200 ...\" [--trace] [--bug NAME]
       npm run sim -- --list-bugs

  --seeds N     so many seeds (100), from --from S (1); a failing one is made small and printed as a case
  --devices D   devices at the start (4); --steps T: steps of people and misfortune (200)
  --queued Q    before that, one device queues Q edits in seven days without a network, and is killed now and then
  --case \"...\"  replays one case; --trace says on standard error what happens
  --bug NAME    with this defect switched on: the first seed that catches it ends the run with status 1";

struct Arguments {
    seeds: u64,
    from: u64,
    like: Case,
    case: Option<Case>,
    trace: bool,
    bug: Option<Bug>,
}

fn parse() -> Result<Arguments, String> {
    let mut arguments =
        Arguments { seeds: 100, from: 1, like: Case::new(0), case: None, trace: false, bug: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} takes a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("{text:?} is not a number"));
        match word.as_str() {
            "--seeds" => arguments.seeds = number(value()?)?,
            "--from" => arguments.from = number(value()?)?,
            "--devices" => arguments.like.devices = number(value()?)?.max(1) as usize,
            "--queued" => arguments.like.queued = number(value()?)? as usize,
            "--steps" => arguments.like.steps = number(value()?)? as usize,
            "--case" => arguments.case = Some(value()?.parse().map_err(|e| format!("{e}"))?),
            "--trace" => arguments.trace = true,
            "--bug" => {
                let name = value()?;
                let bug = Bug::parse(&name).ok_or(format!("no bug {name:?}; see --list-bugs"))?;
                arguments.bug = Some(bug);
            }
            other => return Err(format!("{other:?} is not an option")),
        }
    }
    Ok(arguments)
}

fn main() -> ExitCode {
    if std::env::args().any(|word| word == "--list-bugs") {
        for bug in Bug::ALL {
            println!("{}", bug.name());
        }
        return ExitCode::SUCCESS;
    }
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    bugs::switch(arguments.bug);
    // A seed that panics is a failing seed; the rest go on.
    std::panic::set_hook(Box::new(|_| {}));
    match &arguments.case {
        Some(case) => replay(case, arguments.trace),
        None => sweep(&arguments),
    }
}

fn replay(case: &Case, trace: bool) -> ExitCode {
    let outcome = attempt(case, trace);
    println!("trace {:016x}", outcome.trace);
    for failure in &outcome.failures {
        println!("{failure}");
    }
    if outcome.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn sweep(arguments: &Arguments) -> ExitCode {
    let next = AtomicU64::new(0);
    let caught = AtomicBool::new(false);
    let failed = Mutex::new(0u64);
    let (ran, saved, faults) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let started = Instant::now();
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= arguments.seeds || caught.load(Ordering::Relaxed) {
                        return;
                    }
                    let case = Case { seed: arguments.from + i, ..arguments.like.clone() };
                    let outcome = attempt(&case, false);
                    ran.fetch_add(1, Ordering::Relaxed);
                    saved.fetch_add(outcome.saved as u64, Ordering::Relaxed);
                    faults.fetch_add(outcome.faults as u64, Ordering::Relaxed);
                    let Some(failure) = outcome.failures.first() else { continue };
                    caught.fetch_or(arguments.bug.is_some(), Ordering::Relaxed);
                    println!("seed {}: {failure}", case.seed);
                    let mut failed = failed.lock().unwrap_or_else(|e| e.into_inner());
                    *failed += 1;
                    // The first few are enough to look at.
                    if arguments.bug.is_none() && *failed <= 5 {
                        let small = shrink(&case, |case| !attempt(case, false).failures.is_empty());
                        println!("  npm run sim -- --trace --case \"{small}\"");
                    }
                }
            });
        }
    });
    let failed = *failed.lock().unwrap_or_else(|e| e.into_inner());
    let ran = ran.into_inner();
    eprintln!(
        "{ran} seeds of {} devices and {} steps in {:.1} s: {} edits saved, {} faults",
        arguments.like.devices,
        arguments.like.steps,
        started.elapsed().as_secs_f32(),
        saved.into_inner(),
        faults.into_inner(),
    );
    println!("{} passed, {failed} failed", ran - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
