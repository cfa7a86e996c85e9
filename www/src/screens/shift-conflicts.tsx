/** What is wrong with one shift and with those who are on it. */
import type { EventHandle } from "@wedsync/core";
import { isOpenPlace } from "../lib/conflicts";
import { useConflicts } from "../workspace";
import { ConflictItem } from "./conflict-item";

interface Props {
  event: EventHandle;
  shift: string;
  onOpen: (shift: string) => void;
}

export function ShiftConflicts({ event, shift, onOpen }: Props) {
  const own = useConflicts(event).filter((c) => !isOpenPlace(c) && c.shifts.some((s) => s.event === event.id && s.assignment === shift));
  if (own.length === 0) return null;
  return (
    <section aria-labelledby="shift-conflicts">
      <h3 id="shift-conflicts">Conflicts <span className="count">{own.length}</span></h3>
      <ul className="rows">
        {own.map((c) => <li key={c.id}><ConflictItem conflict={c} event={event.id} shift={shift} onOpen={onOpen} /></li>)}
      </ul>
    </section>
  );
}
