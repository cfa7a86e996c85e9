/** What others do to a field while somebody is in it: told, and never in place of what was typed. */
import { useEffect, useRef, useState } from "react";
import { listed } from "../lib/presence";

/** Who was seen editing the field within this time is who changed it. */
const JUST_NOW_MS = 30_000;

interface Merge {
  /** Whether there are two texts to choose from. */
  isOpen: boolean;
  /** What happened, in words; empty where nothing did. */
  said: (words: (value: string) => string) => string;
  enter: () => void;
  leave: () => void;
  /** The change that comes next is one's own. */
  own: () => void;
}

/** `value` is that of the plan, `draft` what is being typed, `names` those who edit the same field now. */
export function useMerge(value: string, draft: string | null, names: readonly string[]): Merge {
  const [changed, setChanged] = useState<{ by: string } | null>(null);
  const before = useRef(value);
  const isIn = useRef(false);
  const isOwn = useRef(false);
  const editor = useRef({ names: "", at: 0 });
  if (names.length > 0) editor.current = { names: listed(names), at: Date.now() };

  useEffect(() => {
    if (before.current === value) return;
    before.current = value;
    const others = !isOwn.current && isIn.current;
    isOwn.current = false;
    const known = Date.now() - editor.current.at < JUST_NOW_MS;
    setChanged(others ? { by: known ? editor.current.names : "" } : null);
  }, [value]);

  const isOpen = changed !== null && draft !== null && draft !== value;
  const said = (words: (value: string) => string): string => {
    if (!changed) return "";
    const to = value === "" ? "emptied this" : `changed this to “${words(value)}”`;
    if (isOpen) return changed.by ? `${changed.by} ${to}. What you typed is not saved yet.` : `Somebody ${to} meanwhile. What you typed is not saved yet.`;
    return draft === null ? `${changed.by || "Somebody"} ${to} just now.` : "";
  };
  return {
    isOpen,
    said,
    enter: () => void (isIn.current = true),
    leave: () => {
      isIn.current = false;
      setChanged(null);
    },
    own: () => void (isOwn.current = true),
  };
}
