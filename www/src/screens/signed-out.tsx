/** Nobody is signed in: how to get in. */
import { useState } from "react";
import { Action, Field } from "../parts/controls";
import { Title } from "../parts/shell";
import { UpdateButton } from "../parts/status-bar";
import { codeOf, go } from "../router";

export function SignedOutScreen() {
  const [link, setLink] = useState("");
  const [error, setError] = useState<string | null>(null);
  const submit = () => {
    const code = codeOf(link);
    if (code) go(`#join=${encodeURIComponent(code)}`);
    else setError("That is no invitation. It looks like https://…/#join=…; copy the whole link.");
  };
  return (
    <main className="page narrow stack">
      <Title>WedSync</Title>
      <p className="lead">The plan for your event’s helpers. It stays on this device and works without a network.</p>
      <p>Nobody is signed in here. There are no passwords: you get in by a link.</p>
      <ul className="list">
        <li>Ask a coordinator of your team for an invitation, and open it on this device.</li>
        <li>Are you signed in on another device? There, choose “Me”, then “Add a device”.</li>
      </ul>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <Field label="Invitation link" value={link} onChange={(text) => { setLink(text); setError(null); }} error={error} inputMode="url" autoComplete="off" placeholder="https://…/#join=…" />
        <Action kind="main" type="submit">Continue</Action>
      </form>
      <UpdateButton />
    </main>
  );
}
