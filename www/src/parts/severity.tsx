/** How bad something is: a shape of its own for each severity, and the word beside it. */
import type { Severity } from "@wedsync/core";
import type { ReactNode } from "react";
import { SEVERITY_WORDS } from "../lib/conflicts";

const SHAPES: Record<Severity, ReactNode> = {
  hard: <><path d="M5 1h6l4 4v6l-4 4H5l-4-4V5Z" fill="currentColor" /><path d="M5.5 5.5l5 5m0-5l-5 5" stroke="var(--sheet)" strokeWidth="1.8" /></>,
  medium: <><path d="M8 1 15.6 14.6H.4Z" fill="currentColor" /><path d="M8 5.6v4.6m0 1.2v1.6" stroke="var(--sheet)" strokeWidth="1.7" /></>,
  soft: <path d="M8 1.4 14.6 8 8 14.6 1.4 8Z" fill="none" stroke="currentColor" strokeWidth="1.7" />,
  info: <><circle cx="8" cy="8" r="6.6" fill="none" stroke="currentColor" strokeWidth="1.5" /><path d="M8 4v1.6m0 1.4v5" stroke="currentColor" strokeWidth="1.7" /></>,
};

export function SeverityIcon({ severity, size = 16 }: { severity: Severity; size?: number }) {
  return <svg className={`severity severity-${severity}`} viewBox="0 0 16 16" width={size} height={size} aria-hidden focusable="false">{SHAPES[severity]}</svg>;
}

/** Without words of its own it says the severity. */
export function SeverityMark({ severity, children }: { severity: Severity; children?: ReactNode }) {
  return (
    <span className={`severity-mark severity-${severity}`}>
      <SeverityIcon severity={severity} />
      <span>{children ?? SEVERITY_WORDS[severity]}</span>
    </span>
  );
}
