/** Who speaks for the person: an identity provider's token, or this device's key. */
import { keepClockOffset, storedAccount } from "./account-store.js";
import { doubtOffset, hubOffset } from "./clock.js";
import { assertion } from "./device-key.js";
import { WedSyncError } from "./errors.js";

/** Asked for again so soon, the last assertion may have been refused, perhaps for its time. */
const REFUSED_WITHIN_MS = 60_000;
const lastMade = new Map<string, number>();

/** An assertion of this device's key for an account, by the hub's clock. */
export async function deviceCredential(id: string): Promise<string> {
  const stored = await storedAccount(id);
  if (!stored || stored.locked) throw notSignedIn();
  const { account, key } = stored;
  if (performance.now() - (lastMade.get(id) ?? -Infinity) < REFUSED_WITHIN_MS) doubtOffset(account.hub);
  const offset = (await hubOffset(account.hub)) ?? stored.clockOffset ?? 0;
  if (stored.clockOffset === null || Math.abs(offset - stored.clockOffset) > 1_000) await keepClockOffset(id, offset);
  lastMade.set(id, performance.now());
  return assertion({ ...account, key }, Date.now() + offset);
}

/** The application's token; what it throws counts as no network. */
export async function tokenCredential(token: () => Promise<string>): Promise<string> {
  try {
    return await token();
  } catch (cause) {
    if (cause instanceof WedSyncError) throw cause;
    throw new WedSyncError("unreachable", "No token could be had. Try again when there is a network.", null, { cause });
  }
}

export function notSignedIn(): WedSyncError {
  return new WedSyncError("not_signed_in", "Nobody is signed in on this device. Join with an invitation.");
}
