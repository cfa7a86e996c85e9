/**
 * Where the focus goes when the thing that has it disappears, by a tap or because somebody else changed the plan: the next row
 * of the list, else the one before, else the heading above. Without it a keyboard would begin at the top of the page.
 */
import { useEffect } from "react";

const FOCUSABLE = "a[href], button:not([disabled]), input:not([disabled]), textarea, summary, [contenteditable=true], [tabindex='0']";
const ROW = "li, article, tr, [data-row]";
/** Closing sheets and menus give the focus back themselves, a moment later. */
const PATIENCE_MS = 60;

const OVERLAY = "[role=dialog], [role=alertdialog], [role=menu], [role=listbox]";

/** Where the focus was. */
interface Place {
  element: Element;
  /** The sheet or menu it was in. */
  overlay: Element | null;
  /** Its row and the ones around it, then those around the row that this list is in; the nearest first. */
  rows: Element[];
  /** Up to the overlay, or to the page. */
  parents: Element[];
}

export function useKeepFocus(): void {
  useEffect(() => {
    // The last place in the page, and one in each sheet that was opened from there.
    let places: Place[] = [];
    let timer = 0;
    const remember = () => {
      const element = document.activeElement;
      if (!element || element === document.body) return;
      const place = placeOf(element);
      places = place.overlay ? [...places.filter((p) => p.overlay !== place.overlay), place] : [place];
    };
    const look = () => {
      if (places.at(-1)?.element.isConnected !== false) return;
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        if (document.activeElement === document.body) heirOf(places)?.focus();
      }, PATIENCE_MS);
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener("focusin", remember);
    return () => {
      observer.disconnect();
      clearTimeout(timer);
      document.removeEventListener("focusin", remember);
    };
  }, []);
}

function placeOf(element: Element): Place {
  const overlay = element.closest(OVERLAY);
  const parents: Element[] = [];
  for (let e = element.parentElement; e && e !== overlay?.parentElement; e = e.parentElement) parents.push(e);
  return { element, overlay, rows: parents.filter((e) => e.matches(ROW)).flatMap(around), parents };
}

function around(row: Element): Element[] {
  const siblings = [...(row.parentElement?.children ?? [])];
  const at = siblings.indexOf(row);
  return [row, ...siblings.slice(at + 1), ...siblings.slice(0, at).reverse()];
}

function heirOf(places: readonly Place[]): HTMLElement | null {
  for (const { element, rows, parents } of places.toReversed()) {
    if (element.isConnected) return element as HTMLElement;
    for (const row of rows) {
      const found = row.isConnected ? row.querySelector<HTMLElement>(FOCUSABLE) : null;
      if (found) return found;
    }
    for (const parent of parents) {
      const heading = parent.isConnected ? parent.querySelector<HTMLElement>("h1, h2, h3, h4") : null;
      if (!heading) continue;
      heading.tabIndex = -1;
      return heading;
    }
  }
  return null;
}
