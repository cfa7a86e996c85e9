/** The devices this person is signed in on. */
import { type Device, type Invite, team } from "@wedsync/core";
import { useState } from "react";
import { ago } from "../lib/time";
import { Action, Mark } from "../parts/controls";
import { Sheet } from "../parts/sheet";
import { notify } from "../parts/toasts";
import { LinkToPass } from "./invite";
import { remoteError, useRemote } from "./use-remote";

const readDevices = () => team().devices();

export function Devices() {
  const { value, error, reload } = useRemote(readDevices);
  const [revoking, setRevoking] = useState<Device | null>(null);
  const [invite, setInvite] = useState<Invite | null>(null);
  const add = async () => {
    try {
      setInvite(await team().inviteDevice());
    } catch (failure) {
      notify({ tone: "bad", text: remoteError(failure) });
    }
  };
  const closeInvite = () => {
    setInvite(null);
    // The other device may have joined meanwhile.
    void reload();
  };
  const revoke = async (device: Device) => {
    setRevoking(null);
    try {
      await team().revokeDevice(device.id);
      notify({ tone: "calm", text: `${device.name} is signed out.` });
      await reload();
    } catch (failure) {
      notify({ tone: "bad", text: remoteError(failure) });
    }
  };
  return (
    <section className="stack" aria-labelledby="devices">
      <h2 id="devices">My devices</h2>
      {error ? <p className="card">{error} <Action kind="quiet" onPress={() => void reload()}>Try again</Action></p> : null}
      <ul className="rows">
        {value?.map((d) => (
          <li key={d.id} className="row">
            <span className="grow">
              <strong>{d.name}</strong>
              {d.current ? <Mark tone="good">this device</Mark> : d.revoked ? <Mark tone="bad">revoked</Mark> : <small>last seen {d.lastSeenAt ? ago(d.lastSeenAt) : "never"}</small>}
            </span>
            {d.current || d.revoked ? null : <Action label={`Revoke ${d.name}`} onPress={() => setRevoking(d)}>Revoke</Action>}
          </li>
        ))}
      </ul>
      <div className="actions"><Action onPress={() => void add()}>Add a device</Action></div>
      {invite ? (
        <Sheet title="Add a device" isOpen onClose={closeInvite}>
          <div className="stack">
            <p>Open this link on your other device. Whoever has it can sign in as you: pass it to nobody else.</p>
            <LinkToPass invite={invite} text="My sign-in link" />
          </div>
        </Sheet>
      ) : null}
      {revoking ? (
        <Sheet title={`Revoke ${revoking.name}?`} isOpen onClose={() => setRevoking(null)} foot={<Action kind="danger" onPress={() => void revoke(revoking)}>Revoke</Action>}>
          <p>It is signed out within a second of its next contact. Edits that still wait on it stay there: they can be exported, and are sent if you sign that device in again by a link.</p>
        </Sheet>
      ) : null}
    </section>
  );
}
