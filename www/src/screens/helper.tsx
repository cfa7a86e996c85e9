/** One helper: contact, working hours, time off, and their shifts. */
import type { Helper } from "@wedsync/core";
import { ArrowLeft, Link2 } from "lucide-react";
import { useState } from "react";
import { Action, Mark } from "../parts/controls";
import { SaveCheck, SaveField, asWords } from "../parts/save-field";
import { Title } from "../parts/shell";
import { href } from "../router";
import { useDo, useHelper, useMay, usePerson, useWorkspace } from "../workspace";
import { Availability } from "./availability";
import { HelperConflicts } from "./helper-conflicts";
import { HelperShifts } from "./helper-shifts";
import { HistoryFold } from "./history";
import { InviteSheet } from "./invite";

export function HelperScreen({ id }: { id: string }) {
  const helper = useHelper(id);
  return (
    <div className="page stack">
      <a className="back" href={href(["people"])}><ArrowLeft aria-hidden size={20} /> People</a>
      {helper ? <HelperPage helper={helper} /> : (
        <>
          <Title>Helper</Title>
          <p>This helper is not known on this device.</p>
        </>
      )}
    </div>
  );
}

function HelperPage({ helper }: { helper: Helper }) {
  const ws = useWorkspace();
  const may = useMay();
  const act = useDo();
  const [inviting, setInviting] = useState(false);
  const person = usePerson(helper.id);
  const own = may.helper === helper.id;
  // Planners may write a person's facts before anybody has: the document comes with the first edit.
  const mayRead = may.plan || may.acting === helper.id;
  const setContact = (field: "email" | "phone" | "note") => (value: unknown) =>
    ws.do({ type: "update_contact", helper: helper.id, set: { [field]: value as string | null } });
  return (
    <>
      <Title extra={may.plan ? <Action icon={<Link2 aria-hidden size={18} />} onPress={() => setInviting(true)}>Invite by link</Action> : null}>
        {helper.name}
      </Title>
      {helper.archived ? <p><Mark tone="plain">Archived: not offered for shifts any more</Mark></p> : null}
      <HelperConflicts helper={helper.id} />
      <HelperShifts helper={helper.id} />
      {mayRead ? (
        <>
          <section className="stack" aria-labelledby="contact">
            <h2 id="contact">Contact</h2>
            {may.plan ? <SaveField label="Name" value={helper.name} save={(name) => ws.do({ type: "update_helper", helper: helper.id, set: { name: name ?? "" } })} /> : null}
            <div className="pair contact">
              <SaveField label="Email" type="email" value={person?.email ?? ""} save={setContact("email")} />
              <SaveField label="Phone" type="tel" value={person?.phone ?? ""} save={setContact("phone")} />
            </div>
            {may.plan ? <SaveField label="Skills" value={helper.skills.join(", ")} parse={asWords} hint="Separated by commas" save={(skills) => ws.do({ type: "update_helper", helper: helper.id, set: { skills } })} /> : <p>Skills: {helper.skills.join(", ") || "none noted"}</p>}
            {may.plan ? <SaveCheck label="Of age" value={helper.adult} save={(adult) => ws.do({ type: "update_helper", helper: helper.id, set: { adult } })} /> : <p>{helper.adult ? "Of age: may take shifts for adults only." : "Not noted as of age. A coordinator can change that."}</p>}
            <SaveField label="Note" lines={2} value={person?.note ?? ""} save={setContact("note")} />
            <p className="hint">Seen by coordinators and by {own ? "you" : helper.name} only.</p>
          </section>
          <Availability helper={helper.id} />
        </>
      ) : (
        <p className="hint">{helper.skills.length > 0 ? `Skills: ${helper.skills.join(", ")}. ` : ""}Contact, hours, time off and limits are seen by coordinators and by {helper.name} only.</p>
      )}
      <HistoryFold helper={helper.id} />
      {may.plan ? (
        <div className="actions">
          <Action kind={helper.archived ? "plain" : "danger"} onPress={() => void act({ type: "update_helper", helper: helper.id, set: { archived: !helper.archived } })}>
            {helper.archived ? "Bring back" : "Archive helper"}
          </Action>
        </div>
      ) : null}
      {inviting ? <InviteSheet helper={helper} onClose={() => setInviting(false)} /> : null}
    </>
  );
}
