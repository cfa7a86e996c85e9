/** What is wrong with one helper's shifts, over all events. */
import { useConflicts, useWorkspace } from "../workspace";
import { ConflictItem } from "./conflict-item";

export function HelperConflicts({ helper }: { helper: string }) {
  const own = useConflicts(useWorkspace()).filter((c) => c.helper === helper);
  if (own.length === 0) return null;
  return (
    <section aria-labelledby="conflicts">
      <h2 id="conflicts">Conflicts <span className="count">{own.length}</span></h2>
      <ul className="rows">
        {own.map((c) => <li key={c.id}><ConflictItem conflict={c} event={null} /></li>)}
      </ul>
    </section>
  );
}
