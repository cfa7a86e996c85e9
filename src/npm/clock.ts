/** The hub's time. A device's clock may be days off, and the hub refuses assertions made too early or too late. */
import { call } from "./api.js";

interface Measured {
  offset: number;
  /** The device's clock and the monotonic one at that time: they part when the clock is set. */
  clock: number;
  monotonic: number;
}

const ASK_LIMIT_MS = 3_000;
const DRIFT_MS = 30_000;
const DOUBT_AFTER_MS = 5_000;
const measured = new Map<string, Measured>();

/** How far the hub is ahead of this device, in milliseconds; undefined where it cannot be asked. */
export async function hubOffset(hub: string): Promise<number | undefined> {
  const known = measured.get(hub);
  if (known && Math.abs(Date.now() - known.clock - (performance.now() - known.monotonic)) < DRIFT_MS) {
    return known.offset;
  }
  if (globalThis.navigator?.onLine === false) return undefined;
  const before = Date.now();
  try {
    const { now_ms } = await call<{ now_ms: number }>(hub, "GET", "/health", { limitMs: ASK_LIMIT_MS });
    const clock = Date.now();
    const offset = Math.round(now_ms - (before + clock) / 2);
    measured.set(hub, { offset, clock, monotonic: performance.now() });
    return offset;
  } catch {
    // The last known offset will do; the hub says so if not.
    return undefined;
  }
}

/** Has the hub asked again, unless that was done just now: it may have refused an assertion for its time. */
export function doubtOffset(hub: string): void {
  const known = measured.get(hub);
  if (known && performance.now() - known.monotonic > DOUBT_AFTER_MS) measured.delete(hub);
}
