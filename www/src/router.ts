/** Routes in the hash, so that the shell is one file and works offline: `#/event/x?day=2026-07-15`, `#join=CODE`. */
import { useSyncExternalStore } from "react";

export interface Route {
  /** `["event", "x"]` of `#/event/x` */
  path: string[];
  query: URLSearchParams;
  /** The invitation's code of `#join=CODE`. */
  join: string | null;
}

export function parseHash(hash: string): Route {
  const text = hash.replace(/^#/, "");
  if (text.startsWith("join=")) return { path: ["join"], query: new URLSearchParams(), join: decode(text.slice(5)) };
  const [path = "", query = ""] = text.split("?", 2);
  return { path: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query), join: null };
}

/** The code in a pasted link, or the code itself. */
export function codeOf(pasted: string): string | null {
  const text = pasted.trim();
  const at = text.indexOf("#join=");
  const code = at >= 0 ? decode(text.slice(at + 6)) : text;
  return /^[\w.~-]{4,200}$/.test(code) ? code : null;
}

export function href(path: string[], query: Record<string, string | null | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value) search.set(key, value);
  const tail = search.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${tail ? `?${tail}` : ""}`;
}

export function go(to: string): void {
  window.location.hash = to;
}

/** Changes the query without a new entry in the browser's history. */
export function replaceQuery(change: Record<string, string | null>): void {
  const { path, query } = parseHash(window.location.hash);
  for (const [key, value] of Object.entries(change)) {
    if (value) query.set(key, value);
    else query.delete(key);
  }
  const to = href(path, Object.fromEntries(query));
  window.history.replaceState(window.history.state, "", to);
  listeners.forEach((listener) => listener());
}

const listeners = new Set<() => void>();
let route = { hash: "\0", value: parseHash("") };

function current(): Route {
  const { hash } = window.location;
  if (hash !== route.hash) route = { hash, value: parseHash(hash) };
  return route.value;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("hashchange", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("hashchange", listener);
  };
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, current);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
