//! Makes a failing case small: fewer steps, fewer devices, fewer kinds of misfortune, fewer things that people do.

use crate::case::{Case, Fault};

/// Smaller cases that fail as well. `fails` says whether one does.
pub fn shrink(case: &Case, mut fails: impl FnMut(&Case) -> bool) -> Case {
    let mut best = case.clone();
    let mut attempt = |best: &mut Case, smaller: Case| {
        let better = smaller != *best && fails(&smaller);
        if better {
            *best = smaller;
        }
        better
    };
    loop {
        let before = best.clone();
        let mut less = best.steps / 2;
        while less > 0 {
            let smaller = Case { steps: best.steps.saturating_sub(less), ..best.clone() };
            if !attempt(&mut best, smaller) {
                less /= 2;
            }
        }
        best.skipped.retain(|step| *step < best.steps);
        for fault in Fault::ALL {
            let mut smaller = best.clone();
            smaller.without.insert(fault);
            attempt(&mut best, smaller);
        }
        while best.devices > 1 {
            let smaller = Case { devices: best.devices - 1, ..best.clone() };
            if !attempt(&mut best, smaller) {
                break;
            }
        }
        let mut width = best.steps.div_ceil(2).max(1);
        loop {
            let mut from = 0;
            while from < best.steps {
                let mut smaller = best.clone();
                smaller.skipped.extend(from..(from + width).min(best.steps));
                attempt(&mut best, smaller);
                from += width;
            }
            if width == 1 {
                break;
            }
            width /= 2;
        }
        if best == before {
            return best;
        }
    }
}
