/** A shift for tests, with what a test says of it. */
import type { Assignment } from "@wedsync/core";

export function shift(more: Partial<Assignment> = {}): Assignment {
  const assigned = more.assigned ?? [];
  return {
    id: "s", title: "Bar", team: "", role: "", place: null, start: "2026-07-17T23:00", end: "2026-07-18T01:00", zone: "Europe/London",
    helpers_min: 2, helpers_max: 3, preparation: 0, tear_down: 0, skills: [], adults_only: false, critical: false, tentative: false, fold: null, note: "", status: "open",
    taken: assigned.filter((x) => x.status !== "declined").length, ...more, assigned,
  };
}
