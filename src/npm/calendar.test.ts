import { describe, expect, it } from "vitest";
import { calendarOptions } from "./calendar.js";

describe("calendarOptions", () => {
  const now = Date.parse("2026-07-18T12:00:00Z");

  it("names a calendar by its file, and takes the days round now", () => {
    const file = new File([], "Anna's work.ics");
    expect(calendarOptions(file, { helper: "anna", zone: "Europe/Berlin" }, now)).toEqual({
      helper: "anna",
      name: "Anna's work",
      zone: "Europe/Berlin",
      first: "2026-07-11",
      last: "2028-01-19",
    });
  });

  it("prefers what it is told, and has a name for bytes without one", () => {
    const said = { helper: "anna", name: "Work", zone: "UTC", first: "2026-01-01", last: "2026-12-31" };
    expect(calendarOptions(new Uint8Array(), said, now)).toEqual(said);
    expect(calendarOptions(new Uint8Array(), { helper: "anna", name: " " }, now).name).toBe("Calendar");
  });
});
