/** Who can sign in, and with which role. The hub keeps this list; it is not in the plan on the device. */
import { type Member, type Role, team } from "@wedsync/core";
import { useState } from "react";
import { ROLE_WORDS } from "../lib/state";
import { Action, Choice, type Option } from "../parts/controls";
import { Sheet } from "../parts/sheet";
import { notify } from "../parts/toasts";
import { href } from "../router";
import { useWorkspace } from "../workspace";
import { remoteError, useRemote } from "./use-remote";

const readMembers = () => team().members();
export const ROLES: readonly Option<Role>[] = [
  { id: "owner", label: ROLE_WORDS.owner, note: "Plans, and decides who is in the team" },
  { id: "coordinator", label: ROLE_WORDS.coordinator, note: "Plans: events, shifts, helpers" },
  { id: "helper", label: ROLE_WORDS.helper, note: "Takes shifts and answers for their own" },
  { id: "viewer", label: ROLE_WORDS.viewer, note: "Looks at the plan" },
];

export function Members({ canChange }: { canChange: boolean }) {
  const { user } = useWorkspace();
  const { value, error, reload } = useRemote(readMembers);
  const [chosen, setChosen] = useState<Member | null>(null);
  return (
    <section aria-labelledby="members">
      <h2 id="members">Members {value ? <span className="count">{value.length}</span> : null}</h2>
      <p className="hint">People who can sign in.</p>
      <div className="actions"><a className="action action-plain" href={href(["team"])}>Who has the plan</a></div>
      {error ? <p className="card">{error} <Action kind="quiet" onPress={() => void reload()}>Try again</Action></p> : null}
      <ul className="rows">
        {value?.toSorted((a, b) => a.name.localeCompare(b.name)).map((m) => (
          <li key={m.user} className="row">
            <span className="grow"><strong>{m.name}</strong>{m.user === user ? <span className="count">you</span> : null}</span>
            <small>{ROLE_WORDS[m.role]}</small>
            {canChange ? <Action label={`Change ${m.name}`} onPress={() => setChosen(m)}>Change</Action> : null}
          </li>
        ))}
      </ul>
      {chosen ? <MemberSheet member={chosen} onClose={() => setChosen(null)} onDone={reload} /> : null}
    </section>
  );
}

function MemberSheet({ member, onClose, onDone }: { member: Member; onClose: () => void; onDone: () => Promise<void> }) {
  const [role, setRole] = useState(member.role);
  const [sure, setSure] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const run = async (change: () => Promise<void>, done: string) => {
    try {
      await change();
      notify({ tone: "calm", text: done });
      onClose();
      await onDone();
    } catch (failure) {
      setError(remoteError(failure));
    }
  };
  return (
    <Sheet
      title={member.name} isOpen onClose={onClose}
      foot={
        <>
          <Action kind="danger" onPress={() => (sure ? void run(() => team().removeMember(member.user), `${member.name} was removed.`) : setSure(true))}>
            {sure ? "Yes, remove" : "Remove"}
          </Action>
          <Action kind="main" isDisabled={role === member.role} onPress={() => void run(() => team().setRole(member.user, role), `${member.name} is now ${ROLE_WORDS[role]}.`)}>
            Save the role
          </Action>
        </>
      }
    >
      <div className="stack">
        <Choice label="Role" options={ROLES} value={role} onChange={setRole} hint="It counts from now on, also for edits that wait on their devices." />
        {sure ? <p role="alert">{member.name} is signed out everywhere, and edits that wait on their devices are refused. Their helper stays in the plan.</p> : null}
        {error ? <p className="field-error" role="alert">{error}</p> : null}
      </div>
    </Sheet>
  );
}
