// Generated from the Rust types by domain/tests/typescript.rs. Do not edit.

/**
 * A cell's value. In JSON as itself: `null`, `true`, `7`, `"text"`, `["a", "b"]`.
 */
export type Value = null | boolean | number | string | string[];

/**
 * A field of a row, by the name of its key. Only ever append: packed views store the position.
 */
export type Field = "schema" | "name" | "title" | "skills" | "archived" | "latitude" | "longitude" | "email" | "phone" | "note" | "from" | "to" | "start" | "end" | "zone" | "reason" | "status" | "first_day" | "last_day" | "place" | "team" | "role" | "helpers_min" | "helpers_max" | "preparation" | "tear_down" | "adults_only" | "key" | "assignment" | "helper" | "venue" | "adult" | "critical" | "tentative" | "fold" | "off" | "repeat" | "except" | "series" | "instance" | "travel_mode" | "day_max" | "week_max" | "week_target" | "rolling_max" | "rest" | "rest_legal" | "day_legal" | "week_legal" | "rolling_legal" | "days_in_row" | "margin" | "stale_after" | "likes" | "avoids" | "minutes" | "calendar" | "kind" | "at" | "truncated" | "event";

/** New values by field; null empties a field. */
export type Fields = Partial<Record<Field, Value>>;

/**
 * A table of a structured document, by the name of its root `Y.Map`.
 * Only ever append: packed views store the position.
 */
export type Table = "meta" | "helpers" | "places" | "contact" | "hours" | "time_off" | "facts" | "assignments" | "assigned" | "limits" | "calendars" | "busy" | "rules" | "travel";

export type Role = "viewer" | "helper" | "coordinator" | "owner";

export type RefusalCode = "forbidden" | "invalid" | "too_long" | "too_large" | "not_found" | "already_exists" | "already_taken" | "not_assigned" | "cancelled" | "archived" | "wrong_state" | "newer_schema" | "unknown_command" | "client_forked" | "out_of_order" | "internal" | "lineage_closed" | "deleted" | "not_undoable";

/**
 * A refusal: the code, a sentence for people, and the field it is about, if one.
 */
export type Refusal = { code: RefusalCode, message: string, field: string | null, };

/**
 * A cell whose value was not the one the author saw, and was overwritten all the same.
 * The receipt carries it, so that both people can see it and take it back.
 */
export type Replaced = { doc: string, table: Table, row: string, field: Field, 
/**
 * The value that was replaced: not the one the author saw.
 */
value: Value, 
/**
 * Who had written it, where the hub knows; `decide` leaves it empty.
 */
by: string | null, 
/**
 * That person's name at the time, for whoever may not look it up or has no network.
 */
by_name: string | null, };

/**
 * A cell that an undo left as it is.
 */
export type Kept = { doc: string, table: Table, row: string, field: Field, 
/**
 * The value that stays; null also where the row is gone.
 */
value: Value, 
/**
 * Why it cannot be taken back, as a sentence; none where somebody changed it since, and `also_changed` takes it back.
 */
why: string | null, 
/**
 * Who changed it, where the hub knows; `decide` leaves it empty.
 */
by: string | null, 
/**
 * That person's name at the time.
 */
by_name: string | null, };

export type Command = { "type": "create_event", event: string, fields: Fields, }
  | { "type": "update_event", event: string, set: Fields, saw?: Fields, }
  | { "type": "archive_event", event: string, archived: boolean, }
  | { "type": "create_assignment", event: string, assignment: string, fields: Fields, }
  | { "type": "update_assignment", event: string, assignment: string, set: Fields, saw?: Fields, }
  | { "type": "move_assignment", event: string, assignment: string, set: Fields, saw?: Fields, }
  | { "type": "split_assignment", event: string, assignment: string, second: string, at: string, unassign?: Array<Post>, assign?: Array<Post>, }
  | { "type": "cancel_assignment", event: string, assignment: string, cancelled: boolean, }
  | { "type": "assign", event: string, assignment: string, helper: string, }
  | { "type": "reassign", event: string, from: string, to: string, helper: string, }
  | { "type": "substitute", event: string, assignment: string, from: string, to: string, }
  | { "type": "unassign", event: string, assignment: string, helper: string, }
  | { "type": "staff", event: string, unassign?: Array<Post>, assign?: Array<Post>, }
  | { "type": "claim", event: string, assignment: string, }
  | { "type": "accept", event: string, assignment: string, helper: string, }
  | { "type": "decline", event: string, assignment: string, helper: string, }
  | { "type": "check_in", event: string, assignment: string, helper: string, }
  | { "type": "complete", event: string, assignment: string, helper: string, }
  | { "type": "add_helper", helper: string, fields: Fields, contact?: Fields, }
  | { "type": "update_helper", helper: string, set: Fields, saw?: Fields, }
  | { "type": "update_contact", helper: string, set: Fields, saw?: Fields, }
  | { "type": "update_limits", helper: string, set: Fields, saw?: Fields, }
  | { "type": "add_place", place: string, fields: Fields, }
  | { "type": "update_place", place: string, set: Fields, saw?: Fields, }
  | { "type": "set_travel", from: string, to: string, minutes: number | null, }
  | { "type": "update_rules", set: Fields, saw?: Fields, }
  | { "type": "set_working_hours", helper: string, day: string, hours: Hours | null, }
  | { "type": "set_day_off", helper: string, day: string, }
  | { "type": "add_time_off", helper: string, time_off: string, fields: Fields, }
  | { "type": "update_time_off", helper: string, time_off: string, set: Fields, saw?: Fields, }
  | { "type": "decide_time_off", helper: string, time_off: string, approved: boolean, }
  | { "type": "remove_time_off", helper: string, time_off: string, }
  | { "type": "import_busy", helper: string, calendar: string, 
/**
 * name, at (milliseconds since 1970, UTC), first_day, last_day, truncated.
 */
fields: Fields, busy: Array<Busy>, }
  | { "type": "remove_calendar", helper: string, calendar: string, }
  | { "type": "import_shifts", event: string, places: Array<ImportPlace>, shifts: Array<ImportShift>, }
  | { "type": "edit_note", event: string, assignment: string, update: string, }
  | { "type": "undo", 
/**
 * The uuid of its receipt.
 */
mutation: string, 
/**
 * Who made it; left out for an own one.
 */
by?: string, 
/**
 * Also takes back what somebody changed since.
 */
also_changed?: boolean, }
  | { "type": "delete_event", event: string, };

export type Hours = { 
/**
 * `07:30`
 */
from: string, 
/**
 * `17:00`, up to `24:00`; before `from` it is on the next day.
 */
to: string, };

/**
 * A helper on a shift.
 */
export type Post = { assignment: string, helper: string, };

/**
 * A busy time of somebody's calendar, without what it is about.
 */
export type Busy = { 
/**
 * Civil times like `2026-07-15T07:30`, in `zone`.
 */
start: string, end: string, zone: string, 
/**
 * `busy`, `tentative`, `out_of_office`, `elsewhere` or `free`
 */
kind: string, 
/**
 * The shift, where it is one of this plan seen through the calendar.
 */
event?: string | null, assignment?: string | null, };

export type ImportPlace = { place: string, fields: Fields, };

export type ImportShift = { assignment: string, 
/**
 * As for `create_assignment`, with `key`: what makes the row the same row in a corrected file.
 */
fields: Fields, 
/**
 * Where the row was there already: what the author saw.
 */
saw?: Fields, };

/**
 * What importing a file would do.
 */
export type Preview = { rows: Array<PreviewRow>, 
/**
 * While there are any, nothing can be imported. At most [`ERRORS_MAX`]; `more_errors` counts the rest.
 */
errors: Array<RowError>, more_errors: number, 
/**
 * What was passed over, such as unknown columns.
 */
warnings: Array<RowError>, 
/**
 * Shifts of an earlier import that this file no longer has. They are kept.
 */
missing: Array<MissingShift>, 
/**
 * The import, where there are no errors and something to do.
 */
command: Command | null, };

export type PreviewRow = { 
/**
 * In the file, from 1.
 */
line: number, action: Action, title: string, start: string, end: string, 
/**
 * The place's name.
 */
place: string | null, 
/**
 * The fields that would change, where the action is `update`.
 */
changed: Array<Field>, };

export type Action = "create" | "update" | "unchanged";

export type RowError = { 
/**
 * In the file, from 1; 1 where it is about the whole file.
 */
line: number, column: string | null, code: RowErrorCode, message: string, };

export type RowErrorCode = "too_large" | "not_utf8" | "empty" | "duplicate_column" | "missing_column" | "unknown_column" | "field_count" | "invalid" | "too_long" | "duplicate_key" | "coordinates_kept" | "not_found" | "archived";

export type MissingShift = { assignment: string, title: string, start: string, end: string, };

/**
 * What a file says about the days asked for.
 */
export type Calendar = { name: string | null, 
/**
 * By their start.
 */
busy: Array<BusyTime>, 
/**
 * At most [`WARNINGS_MAX`]; `more_warnings` counts the rest.
 */
warnings: Array<Warning>, more_warnings: number, 
/**
 * A limit was met, or a rule not understood: what is not listed is unknown, not free.
 */
truncated: boolean, };

export type BusyTime = { 
/**
 * Civil times like `2026-07-15T07:30`, in `zone`.
 */
start: string, end: string, 
/**
 * An IANA name; UTC where the file says so, or has a zone that only it knows.
 */
zone: string, kind: BusyKind, 
/**
 * Empty where the file has none.
 */
uid: string, title: string, 
/**
 * The shift, where it is one that [`write`] wrote.
 */
own: Own | null, };

export type BusyKind = "busy" | "tentative" | "out_of_office" | "elsewhere" | "free";

/**
 * A shift of a plan.
 */
export type Own = { event: string, assignment: string, };

export type Warning = { 
/**
 * In the file, from 1.
 */
line: number, message: string, };

export type EventSummary = { id: string, title: string, 
/**
 * Dates like `2026-07-15`; both days belong to the event.
 */
first_day: string, last_day: string, 
/**
 * The IANA zone of its times.
 */
zone: string, 
/**
 * The id of a place.
 */
place: string | null, note: string, archived: boolean, 
/**
 * Shifts that are not cancelled.
 */
shifts: number, 
/**
 * Helpers that these still need, to have their least number.
 */
open_places: number, 
/**
 * Places of these that are taken.
 */
taken: number, };

export type Assignment = { id: string, title: string, team: string, role: string, 
/**
 * The id of a place.
 */
place: string | null, 
/**
 * Civil times like `2026-07-15T07:30`, in `zone`.
 */
start: string, end: string, zone: string, helpers_min: number, helpers_max: number, 
/**
 * Minutes before the start and after the end.
 */
preparation: number, tear_down: number, 
/**
 * Skills that a helper needs.
 */
skills: Array<string>, adults_only: boolean, 
/**
 * Too few helpers are no small matter.
 */
critical: boolean, 
/**
 * It may not take place.
 */
tentative: boolean, 
/**
 * Which of its ends is meant the second time, where the clock goes back.
 */
fold: "start" | "end" | "both" | null, note: string, status: "open" | "cancelled", 
/**
 * Who is on it, and who declined.
 */
assigned: Array<Assigned>, 
/**
 * Places that are taken: all of `assigned` but who declined.
 */
taken: number, };

export type Assigned = { helper: string, status: "assigned" | "accepted" | "declined" | "checked_in" | "completed", };

export type Helper = { id: string, name: string, skills: Array<string>, 
/**
 * False also where nobody said so.
 */
adult: boolean, archived: boolean, };

export type Place = { id: string, name: string, 
/**
 * Degrees (WGS 84).
 */
latitude: number | null, longitude: number | null, 
/**
 * Places with the same one are in one house: nobody travels between them.
 */
venue: string, archived: boolean, };

/**
 * What only the person and those who plan may know.
 */
export type Person = { helper: string, email: string, phone: string, note: string, hours: Array<WorkingHours>, time_off: Array<TimeOff>, limits: Limits, calendars: Array<CalendarInfo>, };

export type WorkingHours = { 
/**
 * A weekday (`mo` to `su`), or one date.
 */
day: string, 
/**
 * Empty on a day off. `to` before `from` is on the next day.
 */
from: string, to: string, off: boolean, };

export type TimeOff = { id: string, start: string, end: string, zone: string, reason: string, 
/**
 * An RFC 5545 recurrence rule.
 */
repeat: string, 
/**
 * Starts that the rule gives and that are none.
 */
except: Array<string>, 
/**
 * Of which time off this is an instance that lies otherwise, and the start that the rule gives.
 */
series: string | null, instance: string | null, status: "requested" | "approved" | "rejected", };

/**
 * How a helper may be planned: minutes and days, null where nobody said.
 */
export type Limits = { 
/**
 * The zone of their working hours and days.
 */
zone: string | null, 
/**
 * Home, in degrees (WGS 84).
 */
latitude: number | null, longitude: number | null, travel_mode: "walk" | "bicycle" | "transit" | "car" | null, day_max: number | null, week_max: number | null, week_target: number | null, 
/**
 * In seven days on end.
 */
rolling_max: number | null, rest: number | null, days_in_row: number | null, 
/**
 * Teams and roles.
 */
likes: Array<string>, avoids: Array<string>, };

/**
 * A calendar whose busy times were read.
 */
export type CalendarInfo = { id: string, name: string, 
/**
 * When it was read, in milliseconds since 1970.
 */
at: number, 
/**
 * What of it was read; both days belong to it.
 */
first_day: string, last_day: string, 
/**
 * It had more than could be taken.
 */
truncated: boolean, busy: number, };

/**
 * What counts for everybody, in minutes and days; null where nobody said.
 */
export type RuleSet = { rest: number | null, rest_legal: number | null, day_legal: number | null, week_legal: number | null, rolling_legal: number | null, days_in_row: number | null, margin: number | null, stale_after: number | null, };

/**
 * How long one needs from a place to another.
 */
export type Journey = { from: string, to: string, minutes: number, };

export type Conflict = { 
/**
 * The same for the same cause, however often it is checked and whatever else changes.
 */
id: string, kind: ConflictKind, severity: Severity, 
/**
 * How many minutes are wrong.
 */
score: number, confidence: Confidence, helper: string | null, 
/**
 * By start, event and id.
 */
shifts: Array<ShiftRef>, facts: Array<Fact>, };

export type ConflictKind = "overlap" | "double_role" | "external_busy" | "time_off" | "outside_hours" | "travel_infeasible" | "preparation" | "rest" | "max_hours" | "consecutive_days" | "skill" | "understaffed" | "duplicate_mirror" | "stale_or_unknown" | "dst_ambiguous" | "preference" | "fairness";

/**
 * From what cannot be to what is good to know.
 */
export type Severity = "hard" | "medium" | "soft" | "info";

/**
 * How far the facts behind it are known.
 */
export type Confidence = "confirmed" | "stale" | "unknown";

export type ShiftRef = { event: string, assignment: string, };

/**
 * What a conflict stands on, beside its shifts. Minutes, civil times and ids.
 */
export type Fact = { "type": "way", gap: number, shortest: number, expected: number, }
  | { "type": "buffers", gap: number, tear_down: number, preparation: number, }
  | { "type": "no_location", place: string, gap: number, }
  | { "type": "time_off", id: string, start: string, end: string, zone: string, approved: boolean, }
  | { "type": "busy", calendar: string, start: string, end: string, zone: string, kind: string, }
  | { "type": "calendar", calendar: string, why: Gap, }
  | { "type": "outside", minutes: number, }
  | { "type": "rest", minutes: number, due: number, legal: boolean, }
  | { "type": "duty", minutes: number, most: number, legal: boolean, }
  | { "type": "hours", period: Period, minutes: number, most: number, by: Cap, }
  | { "type": "days", first: string, last: string, days: number, most: number, }
  | { "type": "skills", missing: Array<string>, }
  | { "type": "adult" }
  | { "type": "helpers", there: number, needed: number, }
  | { "type": "more", of: ConflictKind, }
  | { "type": "gone" }
  | { "type": "clock", end: End, twice: boolean, }
  | { "type": "no_zone", zone: string, }
  | { "type": "avoids", what: string, }
  | { "type": "share", event: string, minutes: number, mean: number, };

export type Gap = "stale" | "outside_span" | "truncated";

export type End = "start" | "end";

export type Period = { "type": "day", date: string, }
  | { "type": "week", monday: string, }
  | { "type": "rolling", start: string, };

/**
 * Whose limit it is.
 */
export type Cap = "legal" | "own" | "target";

/**
 * Minutes that are wrong, by severity. Less is better, and no number of soft minutes outweighs a hard one.
 */
export type Score = { hard: number, medium: number, soft: number, };

/**
 * A helper who is not on a shift, as one who could be.
 */
export type Candidate = { helper: string, standing: Standing, 
/**
 * Conflicts that they would have then and have not now, or not as bad.
 */
new: Array<Conflict>, 
/**
 * The minutes of these that are more than now.
 */
score: Score, 
/**
 * What they work in this event already.
 */
minutes_in_event: number, 
/**
 * How they come there; `None` where nobody knows.
 */
way: Approach | null, reasons: Array<Reason>, };

export type Standing = "free" | "unknown" | "conflicts";

/**
 * From where a helper comes to a shift, and in how many minutes.
 */
export type Approach = { "type": "home", minutes: number, }
  | { "type": "shift", shift: ShiftRef, minutes: number, };

/**
 * What speaks for a helper, and what is not known of them.
 */
export type Reason = { "type": "likes", what: string, }
  | { "type": "skills", has: Array<string>, }
  | { "type": "knows_role", role: string, }
  | { "type": "declined" }
  | { "type": "not_readable" }
  | { "type": "not_asked", date: string, };

export type Suggestion = { kind: SuggestionKind, 
/**
 * `None` for advice.
 */
command: Command | null, 
/**
 * Of all helpers and shifts that the command concerns; of the conflict, for advice.
 */
before: Score, after: Score, 
/**
 * Conflicts that it would bring, or make worse.
 */
new: Array<Conflict>, 
/**
 * Somebody should be asked first.
 */
ask: boolean, 
/**
 * In a sentence.
 */
text: string, };

/**
 * In the order in which they are offered, where they mend as much.
 */
export type SuggestionKind = "assign" | "substitute" | "exchange" | "rest_day" | "move" | "split" | "trim" | "unassign" | "extend_hours" | "choose_time" | "ask_helper" | "read_calendar" | "correct_zone" | "locate_place" | "share_car";

/**
 * What a role needs and has, over the hours in which it has shifts.
 */
export type RoleCoverage = { team: string, role: string, 
/**
 * By their time; those without a shift are left out.
 */
hours: Array<HourCoverage>, };

/**
 * One hour of the event's zone, at the moment in it when most helpers lack; of equal ones, when most are needed.
 */
export type HourCoverage = { 
/**
 * Its civil start, like `2026-07-15T07:00`. Where the clock goes back, the hour that comes twice is told once.
 */
start: string, 
/**
 * The least number of helpers of the shifts that take place then, taken together; and the greatest.
 */
needed: number, most: number, 
/**
 * Helpers on them.
 */
there: number, 
/**
 * Helpers that shifts lack. One too many on one shift fills no place of another.
 */
missing: number, };

/**
 * A helper's way from one shift to the next.
 */
export type Leg = { helper: string, from: ShiftRef, to: ShiftRef, 
/**
 * Minutes between the shifts, and those that the way is expected to take.
 */
gap: number, minutes: number, 
/**
 * Whether somebody said so, or how this helper travels; else it is a guess from the distance.
 */
is_known: boolean, };

export type FillOptions = { 
/**
 * Also with helpers of whom nobody knows whether they have time, where nobody else is left. They are to be asked.
 */
ask_unknown?: boolean, 
/**
 * Also where that is a conflict of medium severity, where nobody else is left.
 */
accept_medium?: boolean, 
/**
 * Also places beyond the least number of helpers.
 */
to_most?: boolean, };

export type FillProgress = { 
/**
 * Of `total`. It never goes back.
 */
done: number, total: number, 
/**
 * Places filled so far, of `places`.
 */
placed: number, places: number, };

/**
 * Who is to be put on what, as one step, and what stays open.
 */
export type FillPlan = { event: string, 
/**
 * By the start of their shifts.
 */
assign: Array<Post>, open: Array<OpenPlaces>, 
/**
 * Of the helpers and shifts that it concerns, and of the spread of work.
 */
before: Score, after: Score, };

/**
 * Places of a shift for which nobody was found.
 */
export type OpenPlaces = { assignment: string, missing: number, 
/**
 * What keeps how many helpers from it, most of them first.
 */
why: Array<Obstacle>, 
/**
 * How many would have to be asked.
 */
unknown: number, 
/**
 * In a sentence.
 */
text: string, };

export type Obstacle = { kind: ConflictKind, helpers: number, };

/**
 * A person who is here, with all their devices and tabs.
 */
export type Peer = { user: string, name: string, role: Role, helper: string | null, 
/**
 * Whether it is oneself: here, or on another device.
 */
self: boolean, 
/**
 * When what they show last changed, by the hub's clock, in milliseconds since 1970.
 */
at_ms: number, 
/**
 * What they look at, each once, in an order that does not jump.
 */
states: Array<PresenceState>, };

/**
 * What somebody looks at.
 */
export type PresenceState = { event: string, 
/**
 * The shift, where it is one.
 */
assignment: string | null, 
/**
 * The field that they are editing, by the name that the app has for it.
 */
field: string | null, cursor: NoteCursor | null, };

/**
 * A cursor in the note of that shift, as the awareness protocol of y-protocols has it.
 */
export type NoteCursor = { 
/**
 * The Yjs client id.
 */
client: number, clock: number, 
/**
 * The awareness state: a JSON object as text.
 */
state: string, };

/**
 * Somebody who was in an event and is not any more.
 */
export type LastSeen = { event: string, user: string, name: string, 
/**
 * When they left, by the hub's clock, in milliseconds since 1970.
 */
at_ms: number, };

/**
 * An edit, in words.
 */
export type HistoryEntry = { uuid: string, 
/**
 * When the hub stored it, in milliseconds since 1970; when it was made, where it waits.
 */
at: number, 
/**
 * When it was made, by the clock of its device.
 */
made_at: number, 
/**
 * A member, and their name; null once they left the team.
 */
by: string, name: string | null, 
/**
 * The device it was made on, for its author and for planners.
 */
device: string | null, 
/**
 * `saved`: on this device, and not at the hub yet.
 */
state: "saved" | "stored", 
/**
 * Such as "Anna moved Bar from 14:00–16:00 to 15:00–17:00"; of one's own edit, "You moved …".
 */
title: string, lines: Array<HistoryLine>, 
/**
 * Changes that are not among the lines.
 */
more: number, };

/**
 * What became of one thing.
 */
export type HistoryLine = { 
/**
 * What it is of, such as "Bar, Sat 18 Jul 14:00".
 */
about: string, 
/**
 * Such as "title"; the name of the helper, where one came or went.
 */
label: string, 
/**
 * Null where there was nothing.
 */
before: string | null, after: string | null, 
/**
 * Brings back what was before; null where nothing does, or it is so already.
 */
restore: Command | null, };
