/** The table of a day's coverage: a row for each role, a column for each hour. */
import type { Assignment, HourCoverage, RoleCoverage } from "@wedsync/core";
import { addDays, minutes } from "./time";

export interface CoverageRow {
  key: string;
  team: string;
  /** The role, or the team where shifts have none. */
  label: string;
  /** One for each hour of the table; null where the role has no shift. */
  cells: (HourCoverage | null)[];
  /** Most helpers that lack in an hour of the day. */
  missing: number;
}

export interface CoverageTable {
  /** `07:00` */
  hours: string[];
  rows: CoverageRow[];
}

/** The hours from midnight to midnight that have shifts; roles that lack most first, then by team and name. */
export function coverageOn(day: string, coverage: readonly RoleCoverage[]): CoverageTable {
  const next = addDays(day, 1);
  const ofDay = coverage
    .map((role) => ({ ...role, hours: role.hours.filter((h) => h.start >= day && h.start < next) }))
    .filter((role) => role.hours.length > 0);
  const starts = ofDay.flatMap((role) => role.hours.map((h) => hourOf(h.start)));
  const first = Math.min(...starts);
  const hours = starts.length === 0 ? [] : Array.from({ length: Math.max(...starts) - first + 1 }, (_, i) => first + i);
  const rows = ofDay.map((role): CoverageRow => {
    const cells = hours.map((hour) => role.hours.find((h) => hourOf(h.start) === hour) ?? null);
    return {
      key: `${role.team}\n${role.role}`,
      team: role.team,
      label: role.role || role.team || "No role",
      cells,
      missing: Math.max(...role.hours.map((h) => h.missing)),
    };
  });
  rows.sort((a, b) => b.missing - a.missing || a.team.localeCompare(b.team) || a.label.localeCompare(b.label));
  return { hours: hours.map((hour) => `${String(hour).padStart(2, "0")}:00`), rows };
}

/** The shift of a role that lacks most helpers in the hour from `start` on, else the first that takes place then. */
export function shiftIn(shifts: readonly Assignment[], row: { key: string }, start: string): Assignment | undefined {
  const from = minutes(start);
  const then = shifts.filter(
    (s) => `${s.team}\n${s.role}` === row.key && s.status !== "cancelled" && minutes(s.start) < from + 60 && minutes(s.end) > from,
  );
  const lack = (s: Assignment) => Math.max(0, s.helpers_min - s.taken);
  return then.reduce<Assignment | undefined>((worst, s) => (worst && lack(worst) >= lack(s) ? worst : s), undefined);
}

function hourOf(start: string): number {
  return Number(start.slice(11, 13));
}
