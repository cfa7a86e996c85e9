//! The ways between a helper's shifts, as a timeline draws them.

use super::Season;
use super::check::minutes;
use super::conflict::ShiftRef;
use super::facts::Way;
use serde::{Deserialize, Serialize};

/// Shifts further apart than this, in minutes, are another day's: one goes home in between.
const SAME_DAY: i64 = 8 * 60;

/// A helper's way from one shift to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Leg {
    pub helper: String,
    pub from: ShiftRef,
    pub to: ShiftRef,
    /// Minutes between the shifts, and those that the way is expected to take.
    pub gap: u32,
    pub minutes: u32,
    /// Whether somebody said so, or how this helper travels; else it is a guess from the distance.
    pub is_known: bool,
}

impl Season {
    /// The ways that helpers of an event have to or from a shift of it; none between shifts at one place.
    pub fn legs(&self, event: &str) -> Vec<Leg> {
        let mut legs = Vec::new();
        let Some(plan) = self.events.get(event) else { return legs };
        for helper in plan.minutes.keys() {
            let person = self.helpers.get(helper).and_then(|h| h.person.as_ref());
            let mode = person.and_then(|p| p.travel_mode);
            let shifts = self.rota.get(helper).map_or(&[][..], Vec::as_slice);
            for pair in shifts.windows(2) {
                let (a, b) = (&pair[0], &pair[1]);
                let gap = (b.start - a.end) / 60;
                if !(0..=SAME_DAY).contains(&gap) || [a, b].iter().all(|s| *s.key.event != *event) {
                    continue;
                }
                let way = self.places.way(a.place(), b.place(), mode);
                let Way::Takes { expected, is_known, .. } = way else { continue };
                if expected > 0 {
                    legs.push(Leg {
                        helper: helper.clone(),
                        from: a.key.clone(),
                        to: b.key.clone(),
                        gap: minutes(gap),
                        minutes: minutes(expected),
                        is_known,
                    });
                }
            }
        }
        legs
    }
}
