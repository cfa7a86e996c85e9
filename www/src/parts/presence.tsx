/** Who else is here: beside the event's title, on the shift that they look at, at the field that they edit. */
import type { EventHandle, Peer } from "@wedsync/core";
import { useShowPresence } from "@wedsync/core/react";
import { Eye, Pencil } from "lucide-react";
import { type ReactNode, createContext, use, useCallback, useMemo, useState } from "react";
import { Button, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { plural } from "../lib/state";
import { editors, initials, listed, others } from "../lib/presence";
import { ago } from "../lib/time";
import { useStore } from "../workspace";

/** As many as fit beside the buttons of a phone. */
const AVATARS = 3;
/** How many are named who left. */
const LEFT = 5;

interface Place {
  peers: readonly Peer[];
  shift: string | null;
  edit: (field: string | null) => void;
}

const PlaceContext = createContext<Place | null>(null);

/** Shows the others where this person is: this event, the shift that is open, the field under the cursor. */
export function ShowPresence({ event, shift, children }: { event: EventHandle; shift: string | null; children: ReactNode }) {
  const peers = useStore(event.presence);
  const [edited, setEdited] = useState<{ shift: string; field: string } | null>(null);
  // A field of another shift is no field of this one, whether or not it heard that it was left.
  const field = edited && edited.shift === shift ? edited.field : null;
  const edit = useCallback((next: string | null) => setEdited(next && shift ? { shift, field: next } : null), [shift]);
  useShowPresence(event.id, { assignment: shift ?? undefined, field: field ?? undefined });
  const place = useMemo(() => ({ peers, shift, edit }), [peers, shift, edit]);
  return <PlaceContext value={place}>{children}</PlaceContext>;
}

interface FieldPresence {
  /** Who else edits it. */
  names: string[];
  enter: () => void;
  leave: () => void;
}

/** For a field of the shift that is open, by its name in the plan; without a name it is nobody's business. */
export function useFieldPresence(field: string | undefined): FieldPresence {
  const place = use(PlaceContext);
  const edit = place?.edit;
  const names = useMemo(() => (place?.shift && field ? editors(place.peers, place.shift, field) : []), [place, field]);
  const enter = useCallback(() => field && edit?.(field), [edit, field]);
  const leave = useCallback(() => field && edit?.(null), [edit, field]);
  return { names, enter, leave };
}

export function Editing({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  return <p className="editing"><Pencil aria-hidden size={14} /> {listed(names)} {names.length > 1 ? "are" : "is"} editing</p>;
}

export function Looking({ names }: { names: string | undefined }) {
  return names ? <span className="looking"><Eye aria-hidden size={14} /><span className="visually-hidden">Looked at by </span>{names}</span> : null;
}

/** The others in an event, as a button that says who they are and who has left. Nothing where there is nobody. */
export function WhoIsHere({ event, shiftTitle }: { event: EventHandle; shiftTitle: (shift: string) => string | undefined }) {
  const here = others(useStore(event.presence));
  const left = useStore(event.lastSeen).slice(0, LEFT);
  if (here.length === 0 && left.length === 0) return null;
  const words = here.length > 0 ? `${plural(here.length, "other person", "other people")} here: ${listed(here.map((peer) => peer.name))}` : "Who was here";
  return (
    <DialogTrigger>
      <Button className="who-is-here" aria-label={words}>
        {here.slice(0, AVATARS).map((peer) => <Avatar key={peer.user} text={initials(peer.name)} />)}
        {here.length > AVATARS ? <Avatar text={`+${here.length - AVATARS}`} /> : null}
        {here.length === 0 ? <Avatar text={initials(left[0]?.name ?? "")} isLeft /> : null}
      </Button>
      <Popover className="popover who-popover">
        <Dialog aria-label="Who is here">
          {here.length > 0 ? <PeopleHere here={here} shiftTitle={shiftTitle} /> : null}
          {left.length > 0 ? (
            <>
              <h3>Left</h3>
              <ul>{left.map((seen) => <li key={seen.user}><Avatar text={initials(seen.name)} isLeft /><span>{seen.name}<small>{ago(seen.at_ms)}</small></span></li>)}</ul>
            </>
          ) : null}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function PeopleHere({ here, shiftTitle }: { here: readonly Peer[]; shiftTitle: (shift: string) => string | undefined }) {
  const doing = (peer: Peer) => {
    // An open note has a state of its own, whether or not anybody writes in it.
    const at = peer.states.find((state) => state.field && !state.cursor) ?? peer.states.find((state) => state.assignment);
    const title = at?.assignment ? (shiftTitle(at.assignment) ?? "a shift") : null;
    if (!title) return "In this event";
    return at?.field && !at.cursor ? `Editing ${title}` : `Looking at ${title}`;
  };
  return (
    <>
      <h3>Here now</h3>
      <ul>{here.map((peer) => <li key={peer.user}><Avatar text={initials(peer.name)} /><span>{peer.name}<small>{doing(peer)}</small></span></li>)}</ul>
    </>
  );
}

/** A picture made of letters, which the style draws: it is no text that a name would have to hold. */
function Avatar({ text, isLeft = false }: { text: string; isLeft?: boolean }) {
  return <span className={isLeft ? "avatar avatar-left" : "avatar"} data-text={text} aria-hidden />;
}
