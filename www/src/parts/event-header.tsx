/** Title, dates and place of an event, and what can be done with it as a whole. */
import type { EventHandle, EventSummary } from "@wedsync/core";
import { ArrowLeft, Ellipsis, Plus } from "lucide-react";
import { useState } from "react";
import { Button, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { download, fileName } from "../device";
import { plural } from "../lib/state";
import { dayRange } from "../lib/time";
import { go, href, replaceQuery } from "../router";
import { DeleteEvent } from "../screens/delete-event";
import { EventForm } from "../screens/event-form";
import { FillSheet } from "../screens/fill";
import { ImportSheet } from "../screens/import";
import { NewShift } from "../screens/new-shift";
import { Readiness } from "../screens/readiness";
import { errorInfo, useDo, useMay, useNames } from "../workspace";
import { ConflictCounts } from "./conflict-counts";
import { Action, Mark } from "./controls";
import { WhoIsHere } from "./presence";
import { Title } from "./shell";
import { notify } from "./toasts";

type Task = "print" | "fill" | "shift" | "import" | "edit" | "history" | "csv" | "json" | "archive" | "delete";

interface Props {
  event: EventHandle;
  summary: EventSummary;
  query: URLSearchParams;
  day: string;
  onOpen: (shift: string) => void;
}

export function EventHeader({ event, summary, query, day, onOpen }: Props) {
  const may = useMay();
  const names = useNames();
  const act = useDo();
  const [task, setTask] = useState<Task | null>(null);
  const close = () => setTask(null);
  const canEdit = may.plan && !summary.archived;

  const choose = (chosen: Task) => {
    if (chosen === "csv" || chosen === "json") exportAs(chosen);
    else if (chosen === "history") replaceQuery({ panel: "history", shift: null });
    else if (chosen === "archive") void act({ type: "archive_event", event: event.id, archived: !summary.archived });
    else if (chosen === "print") go(href(["print", event.id], { by: "day", only: day }));
    else setTask(chosen);
  };
  const exportAs = (format: "csv" | "json") => {
    try {
      download(`${fileName(summary.title)}.${format}`, event.export(format), format === "csv" ? "text/csv;charset=utf-8" : "application/json");
    } catch (error) {
      notify({ tone: "bad", text: errorInfo(error).message });
    }
  };

  return (
    <header className="event-head">
      <div className="head-row">
        <a className="back" href={href([])}><ArrowLeft aria-hidden size={20} /> Events</a>
        <div className="actions">
          <WhoIsHere event={event} shiftTitle={(id) => event.assignments.get().find((shift) => shift.id === id)?.title} />
          {canEdit ? <div className="thumb"><Action kind="main" icon={<Plus aria-hidden size={18} />} onPress={() => setTask("shift")}>New shift</Action></div> : null}
            <MenuTrigger>
              <Button className="icon-button" aria-label="More for this event"><Ellipsis aria-hidden size={22} /></Button>
              <Popover className="popover">
                <Menu className="options" onAction={(key) => choose(key as Task)}>
                  {canEdit && summary.open_places > 0 ? <MenuItem id="fill" className="option">Fill the gaps</MenuItem> : null}
                  {canEdit ? <MenuItem id="edit" className="option">Edit the event</MenuItem> : null}
                  {canEdit ? <MenuItem id="import" className="option">Import shifts from CSV</MenuItem> : null}
                  <MenuItem id="history" className="option">History</MenuItem>
                  <MenuItem id="print" className="option">Print</MenuItem>
                  <MenuItem id="csv" className="option">Export as CSV</MenuItem>
                  <MenuItem id="json" className="option">Export as JSON</MenuItem>
                  {may.plan ? <MenuItem id="archive" className="option">{summary.archived ? "Bring back from the archive" : "Archive"}</MenuItem> : null}
                  {may.owner ? <MenuItem id="delete" className="option">Delete for good…</MenuItem> : null}
                </Menu>
              </Popover>
            </MenuTrigger>
        </div>
      </div>
      <Title>{summary.title}</Title>
      <p className="event-facts num">
        {dayRange(summary.first_day, summary.last_day)}
        {summary.place ? ` · ${names.place(summary.place)}` : ""}
        {` · ${plural(summary.shifts, "shift")}`}
        {summary.archived ? <Mark tone="plain">Archived</Mark> : null}
        {!summary.archived && summary.shifts > 0 ? (
          <Mark tone={summary.open_places > 0 ? "warn" : "good"}>{summary.open_places > 0 ? plural(summary.open_places, "open place") : "Staffed"}</Mark>
        ) : null}
      </p>
      {summary.archived ? null : <ConflictCounts event={event} query={query} />}
      <Readiness event={event} summary={summary} />
      {summary.note ? <p className="hint">{summary.note}</p> : null}
      {task === "fill" ? <FillSheet event={event} summary={summary} onClose={close} /> : null}
      {task === "edit" ? <EventForm event={summary} onClose={close} /> : null}
      {task === "import" ? <ImportSheet event={event} onClose={close} /> : null}
      {task === "delete" ? <DeleteEvent event={event} summary={summary} onClose={close} /> : null}
      {task === "shift" ? <NewShift event={event} summary={summary} day={day} onClose={close} onOpen={onOpen} /> : null}
    </header>
  );
}
