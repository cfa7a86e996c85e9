/** Pages of the history: what this device kept at once, then what the hub says, again whenever something changed. */
import type { HistoryOptions, HistoryPage, Store } from "@wedsync/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { joined } from "../lib/history";
import { errorInfo, useStatus, useWorkspace } from "../workspace";

/** Of what; the same object between renders. */
export type Subject = Pick<HistoryOptions, "event" | "assignment" | "helper">;

export interface History {
  /** Null while the first page is read. */
  page: HistoryPage | null;
  loading: boolean;
  error: string | null;
  more: () => void;
}

/** Changes often come in rows: one question for all. */
const SETTLE_MS = 400;

export function useHistory(subject: Subject, by: string | undefined): History {
  const ws = useWorkspace();
  const { connection } = useStatus();
  const [page, setPage] = useState<HistoryPage | null>(null);
  const [loading, setLoading] = useState(true);
  const [error, setError] = useState<string | null>(null);
  /** Rises with each question: a slow answer to an earlier one is not shown any more. */
  const asked = useRef(0);

  const ask = useCallback(
    async (options: HistoryOptions, show: (answer: HistoryPage) => void) => {
      asked.current += 1;
      const mine = asked.current;
      setLoading(true);
      try {
        const answer = await ws.history({ ...subject, ...(by === undefined ? {} : { by }), ...options });
        if (mine !== asked.current) return;
        show(answer);
        setError(null);
      } catch (failure) {
        if (mine === asked.current) setError(errorInfo(failure).message);
      }
      if (mine === asked.current) setLoading(false);
    },
    [ws, subject, by],
  );

  const reload = useCallback(() => ask({}, (latest) => setPage((seen) => joined(latest, seen))), [ask]);

  useEffect(() => {
    setPage(null);
    void ask({ from: "device" }, setPage).then(reload);
    return () => {
      asked.current += 1;
    };
  }, [ask, reload]);

  useEffect(() => {
    let timer: number | undefined;
    const later = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => void reload(), SETTLE_MS);
    };
    const stores: Store<unknown>[] = [ws.receipts, subject.event ? ws.event(subject.event).assignments : ws.events];
    const stops = stores.map((store) => store.subscribe(later));
    return () => {
      window.clearTimeout(timer);
      stops.forEach((stop) => stop());
    };
  }, [reload, subject, ws]);

  const seenConnection = useRef(connection);
  useEffect(() => {
    if (seenConnection.current === connection) return;
    seenConnection.current = connection;
    void reload();
  }, [connection, reload]);

  const more = () => {
    const before = page?.next;
    if (before) void ask({ before }, (older) => setPage((seen) => (seen ? { ...older, entries: [...seen.entries, ...older.entries] } : older)));
  };
  return { page, loading, error, more };
}

/** Has the latest of an event at hand for when the network is gone. */
export function useKeepHistory(event: string): void {
  const ws = useWorkspace();
  const { connection } = useStatus();
  useEffect(() => {
    // Best effort: whoever looks at it hears of a failure there.
    if (connection === "online") ws.history({ event }).catch(() => undefined);
  }, [ws, event, connection]);
}
