import { describe, expect, it } from "vitest";
import { asMinutes, coordinates, endsNextDay, hoursWords, millionths, timeOffWords, wholeDays } from "./lib/availability";
import { type Repeat, fromRule, isOver, nextDays, repeatWords, startOn, toRule } from "./lib/repeat";
import { comesTwice, dayOf, instants, lastMinute } from "./lib/zone";

const BERLIN = "Europe/Berlin";
const series = (start: string, repeat: string) => ({ start, zone: BERLIN, repeat });

describe("instants", () => {
  it("are one, none where the clock leaps, and two where it goes back", () => {
    const iso = (civil: string, zone: string) => instants(civil, zone).map((at) => new Date(at).toISOString().slice(0, 16));
    expect(iso("2026-07-15T12:00", BERLIN)).toEqual(["2026-07-15T10:00"]);
    expect(iso("2026-03-29T02:30", BERLIN)).toEqual([]);
    expect(iso("2026-10-25T02:30", BERLIN)).toEqual(["2026-10-25T00:30", "2026-10-25T01:30"]);
    expect(iso("2026-10-25T03:00", BERLIN)).toEqual(["2026-10-25T02:00"]);
    expect(iso("2026-07-15T12:00", "Asia/Kathmandu")).toEqual(["2026-07-15T06:15"]);
    expect(instants("", BERLIN)).toEqual([]);
    expect([comesTwice("2026-04-05T01:45", "Australia/Lord_Howe"), comesTwice("2026-04-05T01:15", "Australia/Lord_Howe")]).toEqual([true, false]);
  });
});

describe("a rule", () => {
  it("ends with the last minute of a day in its zone, and is read back", () => {
    expect(lastMinute("2026-06-30", BERLIN)).toBe("20260630T215900Z");
    expect(dayOf("20260630T215900Z", BERLIN)).toBe("2026-06-30");
    expect([dayOf("20260630", BERLIN), dayOf("20260630T120000", BERLIN), dayOf("soon", BERLIN)]).toEqual(["2026-06-30", "2026-06-30", null]);
    expect(toRule({ every: "two_weeks", until: "2026-06-30" }, BERLIN)).toBe("FREQ=WEEKLY;INTERVAL=2;UNTIL=20260630T215900Z");
    expect(toRule({ every: "once", until: "2026-06-30" }, BERLIN)).toBe("");
    const all: Repeat[] = [
      { every: "once", until: null }, { every: "week", until: null }, { every: "two_weeks", until: "2026-12-31" }, { every: "month", until: "2027-02-28" },
    ];
    for (const repeat of all) expect(fromRule(toRule(repeat, BERLIN), BERLIN)).toEqual(repeat);
    expect(fromRule("INTERVAL=1;FREQ=WEEKLY", BERLIN)).toEqual({ every: "week", until: null });
    for (const other of ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=WEEKLY;COUNT=3", "FREQ=WEEKLY;UNTIL=x"]) expect(fromRule(other, BERLIN)).toBeNull();
  });

  it("is said in words", () => {
    expect(repeatWords(series("2026-06-24T18:00", "FREQ=WEEKLY"))).toBe("every week on Wednesday");
    expect(repeatWords(series("2026-06-24T18:00", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20260731T215900Z"))).toMatch(/^every two weeks on Wednesday until .*31.* 2026$/);
    expect(repeatWords(series("2026-06-24T18:00", "FREQ=MONTHLY"))).toBe("every month on day 24");
    expect(repeatWords(series("2026-06-24T18:00", "FREQ=DAILY"))).toBe("repeats by the rule FREQ=DAILY");
    expect(repeatWords(series("2026-06-24T18:00", ""))).toBe("");
  });

  it("gives the next days, up to its end, without months that lack the day", () => {
    expect(nextDays(series("2024-01-03T18:00", "FREQ=WEEKLY"), "2026-06-24", 3)).toEqual(["2026-06-24", "2026-07-01", "2026-07-08"]);
    expect(nextDays(series("2026-06-24T18:00", "FREQ=WEEKLY;INTERVAL=2"), "2026-06-25", 2)).toEqual(["2026-07-08", "2026-07-22"]);
    expect(nextDays(series("2026-06-24T18:00", "FREQ=WEEKLY;UNTIL=20260701T215900Z"), "2026-06-01", 9)).toEqual(["2026-06-24", "2026-07-01"]);
    expect(nextDays(series("2026-12-31T18:00", "FREQ=MONTHLY"), "2027-01-01", 3)).toEqual(["2027-01-31", "2027-03-31", "2027-05-31"]);
    expect(nextDays(series("2026-06-24T18:00", ""), "2026-06-01", 9)).toEqual([]);
    expect(nextDays(series("", "FREQ=WEEKLY"), "2026-06-01", 9)).toEqual([]);
    expect(startOn({ start: "2026-06-24T18:00" }, "2026-07-01")).toBe("2026-07-01T18:00");
  });
});

describe("a time off", () => {
  it("is over when none of it lies ahead", () => {
    const ended = (end: string, repeat: string) => isOver({ start: "2026-06-24T18:00", end, zone: BERLIN, repeat }, "2026-07-02");
    expect(ended("2026-06-24T20:00", "")).toBe(true);
    expect(ended("2026-07-02T08:00", "")).toBe(false);
    expect(ended("2026-06-24T20:00", "FREQ=WEEKLY")).toBe(false);
    expect(ended("2026-06-24T20:00", "FREQ=WEEKLY;UNTIL=20260701T215900Z")).toBe(true);
    expect(ended("2026-06-24T20:00", "FREQ=DAILY")).toBe(false);
  });
});

describe("words for hours and time off", () => {
  it("say nights and days off", () => {
    const hours = (from: string, to: string) => ({ day: "fr", from, to, off: false });
    expect([hoursWords(hours("22:00", "06:00")), hoursWords({ day: "su", from: "", to: "", off: true }), hoursWords(undefined)]).toEqual(["22:00–06:00", "day off", "not set"]);
    expect([endsNextDay("22:00", "06:00"), endsNextDay("09:00", "24:00"), endsNextDay("18:00", "00:00"), endsNextDay("09:00", "11:00"), endsNextDay("18:00", "13:00")]).toEqual([true, false, true, false, true]);
  });

  it("say whole days as days", () => {
    const whole = { start: "2026-07-15T00:00", end: "2026-07-18T00:00" };
    expect(wholeDays(whole)).toEqual(["2026-07-15", "2026-07-17"]);
    expect(wholeDays({ start: "2026-07-15T00:00", end: "2026-07-15T12:00" })).toBeNull();
    expect(timeOffWords(whole)).toMatch(/15.* – .*17/);
    expect(timeOffWords({ ...whole, end: "2026-07-16T00:00" })).toMatch(/15.*, all day$/);
    expect(timeOffWords({ start: "2026-07-15T18:00", end: "2026-07-15T20:30" })).toMatch(/18:00–20:30$/);
  });
});

describe("amounts", () => {
  it("are whole minutes, or nothing, or wrong", () => {
    expect([asMinutes("7", "30"), asMinutes("", "45"), asMinutes("8", ""), asMinutes("", " "), asMinutes("0", "0")]).toEqual([450, 45, 480, null, 0]);
    for (const [h, m] of [["x", "1"], ["7.5", ""], ["-1", "0"]] as const) expect(asMinutes(h, m)).toBeNaN();
  });

  it("are degrees with a comma or a point", () => {
    expect([millionths("49.95421"), millionths("7,9"), millionths(" ")]).toEqual([49_954_210, 7_900_000, null]);
    expect(millionths("north")).toBeNaN();
    expect([coordinates(49.95421, 7.9), coordinates(null, 7.9)]).toEqual(["49.95421, 7.90000", ""]);
  });
});
