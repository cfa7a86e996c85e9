import { useCallback, useSyncExternalStore } from "react";

export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const media = window.matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}

/** Room for a side panel. */
export const useWide = (): boolean => useMedia("(min-width: 900px)");

/** A number that changes every `ms`, for what depends on the time of day. */
export function subscribeMinute(listener: () => void): () => void {
  const timer = setInterval(listener, 60_000);
  return () => clearInterval(timer);
}

export function useMinute(): number {
  return useSyncExternalStore(subscribeMinute, () => Math.floor(Date.now() / 60_000));
}
