/** What the drop of a block would do to the conflicts, while it is moved. */
import type { EventHandle, Outlook } from "@wedsync/core";
import { useMemo } from "react";
import { outlookWords } from "../lib/conflicts";
import { type Drop, commandOf } from "../lib/moves";
import { errorInfo, useStore } from "../workspace";

export interface Foresight {
  outlook: Outlook | null;
  /** Why it cannot be dropped there. */
  refused: string | null;
}

const NOTHING: Foresight = { outlook: null, refused: null };

/** Asked again only when the block would land elsewhere, or the plan changed. */
export function useOutlook(event: EventHandle, move: Drop | null): Foresight {
  const conflicts = useStore(event.conflicts);
  return useMemo(() => {
    const command = move && commandOf(move);
    if (!command) return NOTHING;
    try {
      return { outlook: event.previewConflicts(command), refused: null };
    } catch (error) {
      return { outlook: null, refused: errorInfo(error).message };
    }
  }, [event, conflicts, move?.kind, move?.block, move?.row, move?.by]);
}

/** The same in a sentence, for whoever does not see the plan. */
export function foresightWords({ outlook, refused }: Foresight): string {
  if (refused) return `Cannot be dropped here: ${refused}`;
  if (!outlook) return "";
  const { makes, ends } = outlookWords(outlook);
  return [...makes.map((text) => `New conflict: ${text}`), ...ends.map((text) => `Solved: ${text}`)].join(" ");
}
