/** Registers the service worker and tells when a new version waits. It never reloads by itself. */

export const UPDATE_READY = "wedsync:update-ready";

let waiting: ServiceWorker | null = null;

export function registerServiceWorker(): void {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  const start = () => {
    navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" }).then(watch, (error: unknown) => {
      // The app works without it, but not offline from a cold start: say so where a developer looks.
      console.warn("The service worker could not be registered:", error);
    });
  };
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start, { once: true });
}

function watch(registration: ServiceWorkerRegistration): void {
  if (registration.waiting && navigator.serviceWorker.controller) announce(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => {
      // Without a controller this is the first install: nothing was replaced.
      if (worker.state === "installed" && navigator.serviceWorker.controller) announce(worker);
    });
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") registration.update().catch(() => undefined);
  });
}

function announce(worker: ServiceWorker): void {
  waiting = worker;
  window.dispatchEvent(new Event(UPDATE_READY));
}

export const updateIsReady = (): boolean => waiting !== null;

/** The person tapped "reload": lets the waiting worker take over, and reloads once it has. */
export function applyUpdate(): void {
  if (!waiting) return window.location.reload();
  navigator.serviceWorker.addEventListener("controllerchange", () => window.location.reload(), { once: true });
  waiting.postMessage({ type: "skip_waiting" });
}
