import { toError, WedSyncError } from "./errors.js";
import type { ErrorCode } from "./types.js";

export interface Call {
  body?: unknown;
  credential?: string;
  limitMs?: number;
}

/** One request to the hub's JSON interface. Errors carry the hub's code; `unreachable` where it did not answer. */
export async function call<T>(hub: string, method: string, path: string, options: Call = {}): Promise<T> {
  const headers: Record<string, string> = {};
  if (options.credential !== undefined) headers["authorization"] = `Bearer ${options.credential}`;
  if (options.body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(path, hub), {
      method,
      headers,
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: AbortSignal.timeout(options.limitMs ?? 15_000),
      cache: "no-store",
      credentials: "omit",
    });
    text = await response.text();
  } catch (cause) {
    throw new WedSyncError("unreachable", "The hub cannot be reached. Try again when there is a network.", null, { cause });
  }
  const body = parse(text);
  if (response.ok) return body as T;
  throw refusal(response.status, body);
}

/** The hub's address in one spelling. */
export function normalHub(hub: string): string {
  try {
    return new URL(hub).href.replace(/\/+$/, "");
  } catch {
    throw new WedSyncError("invalid", `Not an address of a hub: "${hub}"`, "hub");
  }
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, body: unknown): WedSyncError {
  if (typeof body === "object" && body !== null && "code" in body && "message" in body) return toError(body);
  const known: Record<number, ErrorCode> = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    413: "too_big",
    429: "rate_limited",
    503: "try_later",
  };
  // Not the hub's own words: a proxy in between, or a captive portal.
  return new WedSyncError(known[status] ?? "unreachable", `The hub answered with HTTP ${status}.`);
}
