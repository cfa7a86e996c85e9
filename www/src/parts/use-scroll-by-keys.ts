/** A sheet that holds nothing to focus must take the focus itself, or no key would scroll it. */
import { type RefObject, useEffect, useRef } from "react";

const FOCUSABLE = "a[href], button:not([disabled]), input:not([disabled]), select, textarea, summary, [contenteditable=true], [tabindex='0']";

export function useScrollByKeys<E extends HTMLElement>(): RefObject<E | null> {
  const ref = useRef<E>(null);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const look = () => {
      const scrolls = element.scrollHeight > element.clientHeight && !element.querySelector(FOCUSABLE);
      if (scrolls) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
    };
    look();
    // Its content comes and goes without this component being drawn again.
    const observer = new MutationObserver(look);
    observer.observe(element, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, []);
  return ref;
}
