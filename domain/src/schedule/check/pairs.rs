//! Two shifts of one helper: at the same time, or too close for the way and the work between them.

use super::{Check, MOST, minutes};
use crate::schedule::conflict::{Confidence, ConflictKind as Kind, Fact, Severity};
use crate::schedule::facts::{Shift, Way};
use std::sync::Arc;

/// Up to this many minutes of preparation that do not fit are a small matter.
const SMALL: i64 = 15;

impl Check<'_> {
    /// Every two shifts with `[start, end)` in common, counted with the minutes in common. One event, and one shift within
    /// the other: two roles at once. Hard; medium where one of them is tentative.
    pub(super) fn overlaps(&mut self) {
        let mut found = 0;
        for (i, a) in self.shifts.iter().enumerate() {
            for b in self.shifts.iter().skip(i + 1).take_while(|b| b.start < a.end) {
                if found == MOST {
                    self.more_overlaps(a, b);
                    return;
                }
                found += 1;
                let within = b.end <= a.end || b.start == a.start;
                let kind =
                    if within && a.key.event == b.key.event { Kind::DoubleRole } else { Kind::Overlap };
                let severity = if a.tentative || b.tentative { Severity::Medium } else { Severity::Hard };
                let common = (a.end.min(b.end) - b.start) / 60;
                self.add((kind, severity), common, Confidence::Confirmed, &[a, b], "", vec![]);
            }
        }
    }

    fn more_overlaps(&mut self, a: &Arc<Shift>, b: &Arc<Shift>) {
        let what = (Kind::StaleOrUnknown, Severity::Medium);
        let facts = vec![Fact::More { of: Kind::Overlap }];
        self.add_about(what, 0, Confidence::Unknown, &[a.clone(), b.clone()], "more overlap", facts);
    }

    /// Every two shifts one after the other, with none of the helper's that lies wholly between them.
    pub(super) fn ways(&mut self) {
        let mode = self.helper.person.as_ref().and_then(|p| p.travel_mode);
        for (i, a) in self.shifts.iter().enumerate() {
            // Shifts that begin before `a` ends overlap it; the others follow in order. All that are next overlap one another:
            // with so many of them the overlaps have said that there are more.
            let after = i + 1 + self.shifts[i + 1..].partition_point(|b| b.start < a.end);
            let mut first_end = i64::MAX;
            for b in self.shifts[after..].iter().take(MOST) {
                if b.start >= first_end {
                    break;
                }
                first_end = first_end.min(b.end);
                self.way(a, b, self.places.way(a.place(), b.place(), mode));
            }
        }
    }

    /// A way is infeasible (hard) where the time between is shorter than the shortest way, counted with what lacks; tight
    /// (medium) where it is shorter than the expected way and the margin, which is never longer than the way. What is left
    /// of the time after the expected way must do for tearing down and preparing: else medium, soft under [`SMALL`].
    fn way(&mut self, a: &Shift, b: &Shift, way: Way) {
        let gap = (b.start - a.end) / 60;
        let mut left = gap;
        match way {
            Way::Takes { shortest, expected, is_known } => {
                let with_margin = expected + self.rules.margin.min(expected);
                let sure = if is_known { Confidence::Confirmed } else { Confidence::Unknown };
                let found = if gap < shortest {
                    Some((Severity::Hard, expected - gap))
                } else if gap < with_margin {
                    Some((Severity::Medium, with_margin - gap))
                } else {
                    None
                };
                if let Some((severity, lack)) = found {
                    let (shortest, expected) = (minutes(shortest), minutes(expected));
                    let facts = vec![Fact::Way { gap: minutes(gap), shortest, expected }];
                    self.add((Kind::TravelInfeasible, severity), lack, sure, &[a, b], "", facts);
                }
                left = (gap - expected).max(0);
            }
            Way::Unknown { is_second } if gap < self.rules.margin => {
                let place = if is_second { b.place() } else { a.place() }.unwrap_or_default().to_owned();
                let facts = vec![Fact::NoLocation { place, gap: minutes(gap) }];
                let lack = self.rules.margin - gap;
                let unknown = Confidence::Unknown;
                self.add((Kind::TravelInfeasible, Severity::Medium), lack, unknown, &[a, b], "", facts);
            }
            Way::Unknown { .. } | Way::Nowhere => {}
        }
        let lack = a.tear_down + b.preparation - left;
        if lack > 0 && a.tear_down + b.preparation > 0 {
            let severity = if lack < SMALL { Severity::Soft } else { Severity::Medium };
            let facts = vec![Fact::Buffers {
                gap: minutes(gap),
                tear_down: minutes(a.tear_down),
                preparation: minutes(b.preparation),
            }];
            self.add((Kind::Preparation, severity), lack, Confidence::Confirmed, &[a, b], "", facts);
        }
    }
}
