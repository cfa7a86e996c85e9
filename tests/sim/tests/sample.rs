//! A sample of seeds on every run; `npm run sim` runs as many as you like.

use std::process::Command;

use wedsync_protocol::bugs::Bug;
use wedsync_sim::case::{Case, Fault};
use wedsync_sim::shrink::shrink;
use wedsync_sim::{Outcome, attempt};

/// Cases that once failed, one a line, each with what was wrong. The world has changed since, so that they need not lead
/// to the same place again; they stay all the same.
const ONCE_FAILED: &str = include_str!("../cases.txt");

fn assert_holds(case: &Case) -> Outcome {
    let outcome = attempt(case, false);
    assert_eq!(outcome.failures, Vec::<String>::new(), "npm run sim -- --trace --case \"{case}\"");
    outcome
}

#[test]
fn nothing_is_lost_doubled_or_different_whatever_goes_wrong() {
    let (mut saved, mut faults) = (0, 0);
    for seed in 1..=60 {
        let outcome = assert_holds(&Case::new(seed));
        saved += outcome.saved;
        faults += outcome.faults;
    }
    // A world in which nothing happens proves nothing.
    assert!(saved > 60 * 20 && faults > 60 * 20, "{saved} edits saved, {faults} faults");
}

#[test]
fn cases_that_once_failed_hold() {
    let lines =
        ONCE_FAILED.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty());
    let cases: Vec<Case> = lines.map(|line| line.parse().unwrap_or_else(|e| panic!("{e}"))).collect();
    assert!(cases.len() >= 13);
    cases.iter().for_each(|case| drop(assert_holds(case)));
}

#[test]
fn a_week_without_a_network_replays_exactly_once() {
    assert_holds(&Case { steps: 20, queued: 700, ..Case::new(1) });
}

/// Each in a process of its own: the switch is the process's.
#[test]
fn each_switchable_defect_is_caught() {
    let run = |arguments: &[&str]| {
        let status = Command::new(env!("CARGO_BIN_EXE_wedsync-sim")).args(arguments).output();
        status.unwrap_or_else(|e| panic!("{e}")).status.code()
    };
    let lines = include_str!("../bugs.txt").lines().filter(|line| !line.starts_with('#'));
    let caught: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(' ')).collect();
    let names: Vec<String> = Bug::ALL.iter().map(|bug| bug.name()).collect();
    assert_eq!(caught.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
    for (name, case) in caught {
        assert_eq!(run(&["--case", case]), Some(0), "{case} fails without {name}");
        let help = "find another case with: npm run sim -- --seeds 2000 --bug";
        assert_eq!(
            run(&["--bug", name, "--case", case]),
            Some(1),
            "{case} does not catch {name}; {help} {name}"
        );
    }
}

#[test]
fn a_failing_case_is_made_small() {
    // What fails: more than ten steps, the seventh among them, and clocks that are off.
    let fails =
        |case: &Case| case.steps > 10 && !case.skipped.contains(&7) && !case.without.contains(&Fault::Clock);
    let small = shrink(&Case::new(3), fails);
    assert_eq!((small.steps, small.devices), (11, 1));
    assert_eq!(small.skipped, (0..11).filter(|step| *step != 7).collect());
    assert_eq!(small.without.len(), Fault::ALL.len() - 1);
    assert_eq!(small.to_string().parse::<Case>(), Ok(small));
}

#[test]
fn the_same_case_gives_the_same_trace() {
    let mut traces = Vec::new();
    for seed in 1..=10 {
        let case = Case::new(seed);
        let (first, second) = (attempt(&case, false), attempt(&case, false));
        assert_eq!(first.trace, second.trace, "{case}");
        traces.push(first.trace);
    }
    traces.sort_unstable();
    traces.dedup();
    assert_eq!(traces.len(), 10, "other seeds give other traces");
}
