/** What only the hub knows: read on opening, read again on demand, with its error in words. */
import { useCallback, useEffect, useState } from "react";
import { errorInfo } from "../workspace";

export interface Remote<T> {
  value: T | null;
  error: string | null;
  reload: () => Promise<void>;
}

export function useRemote<T>(read: () => Promise<T>): Remote<T> {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<string | null>(null);
  const reload = useCallback(async () => {
    try {
      setValue(await read());
      setError(null);
    } catch (failure) {
      setError(remoteError(failure));
    }
  }, [read]);
  useEffect(() => void reload(), [reload]);
  return { value, error, reload };
}

export function remoteError(failure: unknown): string {
  const { code, message } = errorInfo(failure);
  return code === "unreachable" ? "This needs a network; try again when there is one." : message;
}
