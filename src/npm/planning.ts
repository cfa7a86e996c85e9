/** The types of what is wrong with a plan and what could be done about it. */
import type {
  Calendar,
  Candidate as FoundCandidate,
  Command,
  Conflict as Found,
  FillOptions,
  FillPlan as FoundPlan,
  FillProgress,
  Suggestion as FoundSuggestion,
} from "./generated/domain.js";

/** Something wrong with the plan. */
export interface Conflict extends Found {
  /** In a sentence, for people. */
  text: string;
}

/** What an edit would do to the conflicts of the helpers and shifts that it concerns. */
export interface Outlook {
  /** Those it would make, or make worse by a whole severity. */
  appear: Conflict[];
  /** Those it would end. */
  vanish: Conflict[];
  /** Those that would be there before and after, no worse; as they would be then. */
  stay: Conflict[];
}

/** A helper who could take a shift, and what that would bring. */
export interface Candidate extends Omit<FoundCandidate, "new"> {
  /** Conflicts that they would have then and have not now, or not as bad. */
  new: Conflict[];
}

/** What could be done about a conflict. Pass `command` to `Workspace.do`; advice has none. */
export interface Suggestion extends Omit<FoundSuggestion, "new"> {
  /** Conflicts that it would bring, or make worse. */
  new: Conflict[];
}

export interface FillGapsOptions extends Partial<FillOptions> {
  /** Hears how far the search is, many times a second. */
  onProgress?: (progress: FillProgress) => void;
  /** Stops the search; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Helpers for the open places of an event. Nothing is changed: pass `command` to `Workspace.do` for that. */
export interface FillPlan extends FoundPlan {
  /** Null where there is nothing to do. */
  command: Extract<Command, { type: "staff" }> | null;
}

export interface ReadCalendarOptions {
  /** The helper whose calendar it is. */
  helper: string;
  /** What the calendar is called where the file does not say; else the name of the file. */
  name?: string;
  /** The reader's IANA time zone: for times that have none. Else that of the device. */
  zone?: string;
  /** The days to read, like `2026-07-18`, both included; else from a week ago for a year and a half. */
  first?: string;
  last?: string;
}

/** What a calendar file says of the days asked for. Nothing is changed: pass `command` to `Workspace.do` for that. */
export interface CalendarPreview {
  calendar: Calendar;
  /** Takes the busy times over without what they are about, in the place of those that a calendar of this name brought before. */
  command: Extract<Command, { type: "import_busy" }>;
}
