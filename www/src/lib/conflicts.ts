/** Words, order and sums of conflicts. Colour only repeats what shape and text say. */
import type { Conflict, ConflictKind, Outlook, Score, Severity } from "@wedsync/core";
import { OPEN_ROW } from "./rows";
import { length } from "./time";

export const SEVERITIES: readonly Severity[] = ["hard", "medium", "soft", "info"];

export const SEVERITY_WORDS: Record<Severity, string> = {
  hard: "Impossible",
  medium: "Problem",
  soft: "Could be better",
  info: "To know",
};

export const KIND_WORDS: Record<ConflictKind, string> = {
  overlap: "Double booking",
  double_role: "Two roles at once",
  external_busy: "Busy elsewhere",
  time_off: "Time off",
  outside_hours: "Outside working hours",
  travel_infeasible: "Too little time for the way",
  preparation: "Too little time to prepare",
  rest: "Too little rest",
  max_hours: "Too many hours",
  consecutive_days: "Too many days in a row",
  skill: "Skill missing",
  understaffed: "Helpers missing",
  duplicate_mirror: "Seen twice",
  stale_or_unknown: "Not known",
  dst_ambiguous: "Clock change",
  preference: "Would rather not",
  fairness: "Uneven load",
};

const level = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** Open places have their own counts and marks everywhere; as a conflict they are told where a shift must not be short. */
export const isOpenPlace = (c: Conflict): boolean => c.kind === "understaffed" && c.severity !== "hard";

export type Counts = Record<Severity, number>;

export function counts(conflicts: readonly Conflict[]): Counts {
  const all: Counts = { hard: 0, medium: 0, soft: 0, info: 0 };
  for (const c of conflicts) all[c.severity]++;
  return all;
}

/** What stands on a block, a row or a line of the list: the worst severity and its kinds, the worst first. */
export interface Flag {
  severity: Severity;
  kinds: ConflictKind[];
  /** The conflicts. */
  ids: string[];
}

/** The kinds of a flag, the first two by name. */
export function flagWords(flag: Flag): string {
  const [first, second, ...more] = flag.kinds.map((kind) => KIND_WORDS[kind]);
  const rest = more.length > 0 ? ` and ${more.length} more` : "";
  return [first, second].filter(Boolean).join(", ") + rest;
}

export function worstFlag(flags: readonly (Flag | undefined)[]): Flag | undefined {
  return flags.reduce((w, f) => (f && (!w || level(f.severity) < level(w.severity)) ? f : w), undefined);
}

export const sameFlag = (a: Flag | undefined, b: Flag | undefined): boolean =>
  a === b || (a?.severity === b?.severity && a?.ids.join() === b?.ids.join());

export interface Flags {
  /** By shift. */
  shifts: Map<string, Flag>;
  /** By block of the view by helper, `shift.row`: those that concern the helper, and in the open lane those of the shift. */
  blocks: Map<string, Flag>;
}

/** Flags of an event's shifts. Small matters and notes stand in the panel, not on every block. */
export function flags(conflicts: readonly Conflict[], event: string): Flags {
  const all: Flags = { shifts: new Map(), blocks: new Map() };
  for (const c of conflicts) {
    if (isOpenPlace(c) || level(c.severity) > level("medium")) continue;
    for (const shift of c.shifts) {
      if (shift.event !== event) continue;
      raise(all.shifts, shift.assignment, c);
      raise(all.blocks, `${shift.assignment}.${c.helper ?? OPEN_ROW}`, c);
    }
  }
  return all;
}

function raise(map: Map<string, Flag>, key: string, c: Conflict): void {
  const flag = map.get(key);
  if (!flag) {
    map.set(key, { severity: c.severity, kinds: [c.kind], ids: [c.id] });
    return;
  }
  flag.ids.push(c.id);
  if (level(c.severity) < level(flag.severity)) {
    flag.severity = c.severity;
    flag.kinds = [c.kind, ...flag.kinds.filter((kind) => kind !== c.kind)];
  } else if (!flag.kinds.includes(c.kind)) {
    flag.kinds.push(c.kind);
  }
}

/** What gets better or worse, `impossible 2 h → none`; severities that stay as they are go without saying. */
export function scoreWords(before: Score, after: Score): string {
  const minutes = (n: number) => (n === 0 ? "none" : length(n));
  const parts = (["hard", "medium", "soft"] as const)
    .filter((s) => before[s] !== after[s])
    .map((s) => `${SCORE_WORDS[s]} ${minutes(before[s])} → ${minutes(after[s])}`);
  return parts.join(" · ");
}

const SCORE_WORDS = { hard: "impossible", medium: "problems", soft: "small matters" } as const;

/** The conflicts as they would be after an edit. */
export function after(conflicts: readonly Conflict[], outlook: Outlook): Conflict[] {
  const gone = new Set([...outlook.vanish, ...outlook.stay, ...outlook.appear].map((c) => c.id));
  return [...outlook.appear, ...outlook.stay, ...conflicts.filter((c) => !gone.has(c.id))];
}

/** What an edit would make or end, in a line: the worst first, at most `most` of each. */
export function outlookWords(outlook: Outlook, most = 2): { makes: string[]; ends: string[] } {
  const words = (list: readonly Conflict[]) => {
    const told = list.filter((c) => !isOpenPlace(c));
    const first = told.slice(0, most).map((c) => c.text);
    return told.length > most ? [...first, `and ${told.length - most} more`] : first;
  };
  return { makes: words(outlook.appear), ends: words(outlook.vanish) };
}
