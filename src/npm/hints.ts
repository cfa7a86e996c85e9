import type { Hint } from "./core.js";

/** Tells the core what the page hears of the network and of its own life; returns the function that stops it. */
export function watchPage(hint: (kind: Hint) => void): () => void {
  const stop = new AbortController();
  const on = (target: EventTarget, type: string, listener: (event: Event) => void) =>
    target.addEventListener(type, listener, { signal: stop.signal });

  const visibility = () => hint(document.visibilityState === "visible" ? "visible" : "hidden");
  on(document, "visibilitychange", visibility);
  on(window, "online", () => hint("online"));
  on(window, "offline", () => hint("offline"));
  on(window, "pagehide", () => hint("hidden"));
  on(window, "pageshow", (event) => {
    // Back from the back-forward cache: the store may have moved on meanwhile.
    if ((event as PageTransitionEvent).persisted) hint("resumed");
  });
  // https://wicg.github.io/page-lifecycle/
  on(document, "freeze", () => hint("hidden"));
  on(document, "resume", () => hint("resumed"));

  visibility();
  if (!navigator.onLine) hint("offline");
  return () => stop.abort();
}
