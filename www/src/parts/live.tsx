/** Says a change to screen readers once it has rested: what passes by meanwhile is not said, nor what was there from the start. */
import { useEffect, useRef, useState } from "react";

const REST_MS = 1_000;

export function Live({ text }: { text: string }) {
  const [said, setSaid] = useState("");
  const shown = useRef(text);
  useEffect(() => {
    if (shown.current === text && said === "") return;
    shown.current = text;
    // Emptied first: the same words again are news, such as stored, sending, stored.
    setSaid("");
    const timer = setTimeout(() => setSaid(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return <div aria-live="polite" className="visually-hidden">{said}</div>;
}
