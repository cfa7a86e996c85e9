/** The frame of every signed-in screen: the status line, the bottom bar, and focus that follows navigation. */
import { CalendarDays, MapPin, UserRound, UsersRound } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { href, useRoute } from "../router";
import { Shortcuts } from "./shortcuts";
import { StatusBar } from "./status-bar";
import { UndoBar } from "./undo-bar";

const AREAS = [
  { path: [] as string[], words: "Events", Icon: CalendarDays, areas: ["", "event"] },
  { path: ["people"], words: "People", Icon: UsersRound, areas: ["people", "team"] },
  { path: ["places"], words: "Places", Icon: MapPin, areas: ["places"] },
  { path: ["me"], words: "Me", Icon: UserRound, areas: ["me", "rules"] },
];

export function Shell({ children }: { children: ReactNode }) {
  const { path } = useRoute();
  const main = useRef<HTMLElement>(null);
  const where = path.join("/");
  const last = useRef(where);

  useEffect(() => {
    if (last.current === where) return;
    last.current = where;
    window.scrollTo(0, 0);
    main.current?.querySelector("h1")?.focus();
  }, [where]);

  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.querySelector("h1")?.focus(); }}>
        Skip to the plan
      </a>
      <StatusBar />
      <nav className="areas" aria-label="Main">
        {AREAS.map(({ path: to, words, Icon, areas }) => (
          <a key={words} href={href(to)} aria-current={areas.includes(path[0] ?? "") ? "page" : undefined}>
            <Icon aria-hidden size={22} />
            <span>{words}</span>
          </a>
        ))}
      </nav>
      <Shortcuts />
      <UndoBar />
      <main id="main" className="main" ref={main}>{children}</main>
    </div>
  );
}

/** The screen's heading: also the document's title, and where focus goes on navigation. */
export function Title({ children, extra }: { children: string; extra?: ReactNode }) {
  useEffect(() => {
    document.title = `${children} · WedSync`;
  }, [children]);
  return (
    <div className="title">
      <h1 tabIndex={-1}>{children}</h1>
      {extra}
    </div>
  );
}
