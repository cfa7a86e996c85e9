/** Helpers, with or without an account; and the members who can sign in. */
import { newId } from "@wedsync/core";
import { Link2, Plus } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { isOver } from "../lib/repeat";
import { today } from "../lib/time";
import { Action, Empty, Field, Mark } from "../parts/controls";
import { Finder } from "../parts/filter-bar";
import { asWords } from "../parts/save-field";
import { Sheet } from "../parts/sheet";
import { Title } from "../parts/shell";
import { go, href } from "../router";
import { errorInfo, useHelpers, useMay, usePerson, useWorkspace, watch } from "../workspace";
import { withoutNulls } from "./event-form";
import { InviteSheet } from "./invite";
import { Members } from "./members";

export function PeopleScreen() {
  const helpers = useHelpers();
  const may = useMay();
  const [text, setText] = useState("");
  const [task, setTask] = useState<"add" | "invite" | null>(null);
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const found = useMemo(
    () => helpers.filter((h) => [h.name, ...h.skills].join(" ").toLowerCase().includes(wanted)),
    [helpers, wanted],
  );
  const here = found.filter((h) => !h.archived);
  const archived = found.filter((h) => h.archived);
  return (
    <div className="page stack">
      <Title
        extra={may.plan ? (
          <div className="actions">
            <Action icon={<Link2 aria-hidden size={18} />} onPress={() => setTask("invite")}>Invite by link</Action>
            <div className="thumb"><Action kind="main" icon={<Plus aria-hidden size={18} />} onPress={() => setTask("add")}>Add helper</Action></div>
          </div>
        ) : null}
      >
        People
      </Title>
      <Finder label="Find helpers" value={text} onChange={setText} />
      <section aria-labelledby="helpers">
        <h2 id="helpers">Helpers <span className="count" role="status">{here.length}</span></h2>
        {here.length === 0 ? <Empty>{helpers.length === 0 ? "No helpers yet. Add them by name; they need no account." : "No helper with this name or skill."}</Empty> : null}
        <ul className="rows long">
          {here.map((h) => <HelperRow key={h.id} id={h.id} name={h.name} skills={h.skills} isMe={h.id === may.helper} asks={may.plan} />)}
        </ul>
      </section>
      {archived.length > 0 ? (
        <details className="fold">
          <summary>Archived <span className="count">{archived.length}</span></summary>
          <ul className="rows">{archived.map((h) => <HelperRow key={h.id} id={h.id} name={h.name} skills={h.skills} />)}</ul>
        </details>
      ) : null}
      {may.plan ? <Members canChange={may.owner} /> : null}
      {task === "add" ? <AddHelper onClose={() => setTask(null)} /> : null}
      {task === "invite" ? <InviteSheet onClose={() => setTask(null)} /> : null}
    </div>
  );
}

interface HelperRowProps {
  id: string;
  name: string;
  skills: string[];
  isMe?: boolean;
  /** Whether to say that they ask for time off. */
  asks?: boolean;
}

function HelperRow({ id, name, skills, isMe, asks }: HelperRowProps) {
  return (
    <li>
      <a className="row" href={href(["people", id])}>
        <span className="grow"><strong>{name}</strong>{isMe ? <span className="count">you</span> : null}{asks ? <AsksForTimeOff helper={id} /> : null}</span>
        <small className="row-end">{skills.join(", ")}</small>
      </a>
    </li>
  );
}

/** So that a request is found without opening every helper. */
function AsksForTimeOff({ helper }: { helper: string }) {
  const facts = usePerson(helper);
  const isOpen = facts?.time_off.some((t) => t.status === "requested" && !isOver(t, today()));
  return isOpen ? <Mark tone="warn">asks for time off</Mark> : null;
}

function AddHelper({ onClose }: { onClose: () => void }) {
  const ws = useWorkspace();
  const [name, setName] = useState("");
  const [skills, setSkills] = useState("");
  const [email, setEmail] = useState("");
  const [phone, setPhone] = useState("");
  const [error, setError] = useState<{ message: string; field?: string | null } | null>(null);
  const at = (field: string) => (error?.field === field ? error.message : null);
  const submit = async () => {
    const id = newId();
    try {
      watch(
        await ws.do({
          type: "add_helper",
          helper: id,
          fields: { name: name.trim(), skills: asWords(skills).value },
          contact: withoutNulls({ email: email.trim() || null, phone: phone.trim() || null }),
        }),
      );
      onClose();
      go(href(["people", id]));
    } catch (failure) {
      setError(errorInfo(failure));
    }
  };
  return (
    <Sheet title="Add a helper" isOpen onClose={onClose} foot={<Action kind="main" onPress={() => void submit()}>Add</Action>}>
      <div className="stack">
        <p>They need no account: you can plan with them right away, and invite them later.</p>
        <Field label="Name" value={name} onChange={setName} isRequired autoFocus error={at("name")} onEnter={() => void submit()} />
        <Field label="Skills" value={skills} onChange={setSkills} hint="Separated by commas" error={at("skills")} />
        <Field label="Email" type="email" value={email} onChange={setEmail} error={at("email")} />
        <Field label="Phone" type="tel" value={phone} onChange={setPhone} error={at("phone")} />
        {error && !at(error.field ?? "") ? <p className="field-error" role="alert">{error.message}</p> : null}
        <p className="hint">Email and phone are seen by coordinators and by the helper only.</p>
      </div>
    </Sheet>
  );
}
