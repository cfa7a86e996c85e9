//! A sample of seeds on every run; `npm run sim` runs as many as you like.

use wedsync_sim::case::Case;
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
