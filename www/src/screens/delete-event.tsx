/** Deleting an event for good, after saying what is lost. */
import type { EventHandle, EventSummary } from "@wedsync/core";
import { Trash2 } from "lucide-react";
import { plural } from "../lib/state";
import { Action } from "../parts/controls";
import { Sheet } from "../parts/sheet";
import { go, href } from "../router";
import { useDo } from "../workspace";

interface Props {
  event: EventHandle;
  summary: EventSummary;
  onClose: () => void;
}

export function DeleteEvent({ event, summary, onClose }: Props) {
  const act = useDo();
  const remove = async () => {
    if (await act({ type: "delete_event", event: event.id })) go(href([]));
  };
  const lost = summary.shifts > 0 ? `${plural(summary.shifts, "shift")} with who is on them and their notes` : "What stands in it";
  return (
    <Sheet
      title={`Delete “${summary.title}”?`}
      isOpen
      onClose={onClose}
      foot={
        <>
          <Action onPress={onClose}>Keep it</Action>
          <Action kind="danger" icon={<Trash2 aria-hidden size={18} />} onPress={() => void remove()}>Delete for good</Action>
        </>
      }
    >
      <div className="stack">
        <p><strong>{lost} {summary.shifts > 1 ? "are" : "is"} deleted for everybody, on every device.</strong> Nobody can bring it back.</p>
        <p>What others have changed and not sent yet is refused.</p>
        <p className="hint">
          {summary.archived ? "An export keeps a copy for you." : "Archiving puts it away and keeps everything; an export keeps a copy for you."}
        </p>
      </div>
    </Sheet>
  );
}
