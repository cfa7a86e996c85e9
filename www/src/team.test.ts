import type { DeviceState, MemberState, TeamState } from "@wedsync/core";
import { describe, expect, it } from "vitest";
import { shift } from "./lib/sample";
import { staleness } from "./lib/status";
import { deviceWords, isNear, unready } from "./lib/team";
import { clockAndAge } from "./lib/time";

const HOUR = 3_600_000;
// In the zone of whoever runs this: only what is relative to it is asserted.
const now = new Date(2026, 6, 15, 17, 5).getTime();
const device = (more: Partial<DeviceState> = {}): DeviceState => ({ name: "Phone", here: false, behind: false, lastSeenAt: now - HOUR, ...more });
const member = (helper: string | null, more: Partial<MemberState> = {}): MemberState =>
  ({ user: `u-${helper}`, name: `N-${helper}`, role: "helper", helper, here: false, devices: [device()], ...more });

describe("how old something is", () => {
  it("names the time, and the day where it was another", () => {
    expect(clockAndAge(now, now)).toBe("17:05, just now");
    expect(clockAndAge(now - 4 * 60_000, now)).toBe("17:01, 4 min ago");
    expect(clockAndAge(now - 3 * HOUR, now)).toBe("14:05, 3 hours ago");
    expect(clockAndAge(now - 20 * HOUR, now)).toMatch(/^Tue,? .*14.* 21:05, 20 hours ago$/);
    expect(clockAndAge(now - 50 * HOUR, now)).toMatch(/ 15:05, 2 days ago$/);
  });

  it("is said of the plan once it is not up to date any more", () => {
    expect(staleness({ connection: "online", syncedAt: now - 9 * HOUR }, now)).toBeNull();
    expect(staleness({ connection: "offline", syncedAt: null }, now)).toBeNull();
    expect(staleness({ connection: "offline", syncedAt: now - 59_000 }, now)).toBeNull();
    for (const connection of ["offline", "connecting", "signed_out", "unsupported"] as const) {
      expect(staleness({ connection, syncedAt: now - 2 * HOUR }, now)).toBe("Plan as of 15:05, 2 hours ago");
    }
  });
});

describe("a device", () => {
  it("is here, still fetching, gone for a while, gone for long, or never came", () => {
    const words = (more: Partial<DeviceState>) => Object.values(deviceWords(device(more), now));
    expect(words({ here: true })).toEqual(["good", "here now"]);
    expect(words({ here: true, behind: true })).toEqual(["warn", "here now, still fetching"]);
    expect(words({ lastSeenAt: now - 3 * HOUR })).toEqual(["plain", "last synced 14:05, 3 hours ago"]);
    expect(words({ lastSeenAt: now - 25 * HOUR })[0]).toBe("warn");
    expect(words({ lastSeenAt: null })).toEqual(["warn", "never synced"]);
  });
});

describe("who holds a shift without having the plan", () => {
  const state: TeamState = {
    now,
    members: [
      member("anna"), member("ben", { devices: [device({ lastSeenAt: now - 48 * HOUR })] }), member("carl", { devices: [] }),
      member("dora", { here: true, devices: [] }), member("eve", { devices: [device({ lastSeenAt: null })] }), member(null),
    ],
  };
  const on = (...helpers: string[]) => helpers.map((helper) => ({ helper, status: "accepted" as const }));

  it("is late, never came, or has no account; once each, in the order of the shifts", () => {
    const shifts = [shift({ assigned: on("ben", "anna", "dora") }), shift({ assigned: on("carl", "ben", "eve", "nobody") })];
    const found = unready(shifts, state, "2026-07-15");
    expect(found.map((each) => each.helper)).toEqual(["ben", "carl", "eve", "nobody"]);
    expect(found[0]?.words).toMatch(/^last synced .*2 days ago$/);
    expect(found.slice(1).map((each) => each.words)).toEqual(["never synced", "never synced", null]);
  });

  it("does not count where it is over, cancelled, or declined", () => {
    const shifts = [
      shift({ assigned: on("ben"), status: "cancelled" }), shift({ assigned: [{ helper: "ben", status: "declined" }] }),
      shift({ assigned: on("ben"), start: "2026-07-14T10:00", end: "2026-07-14T12:00" }),
    ];
    expect(unready(shifts, state, "2026-07-15")).toEqual([]);
  });

  it("is told from a week before an event until it is over", () => {
    const event = { first_day: "2026-07-17", last_day: "2026-07-19", archived: false } as Parameters<typeof isNear>[0];
    expect(["2026-07-09", "2026-07-10", "2026-07-19", "2026-07-20"].map((day) => isNear(event, day))).toEqual([false, true, true, false]);
    expect(isNear({ ...event, archived: true }, "2026-07-17")).toBe(false);
  });
});
