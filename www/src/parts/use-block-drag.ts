/** Dragging a block with mouse, pen or finger. A finger must rest first, so that the plan can still be scrolled. */
import { type MouseEvent, type PointerEvent, type RefObject, useEffect, useRef } from "react";
import type { Block } from "../lib/rows";
import { blocksByElement } from "../screens/timeline-row";

const MOUSE_START = 5;
const FINGER_SLOP = 10;
const FINGER_REST_MS = 350;
const EDGE = 48;

export interface DragPoint {
  /** Pixels since the start, with what was scrolled meanwhile. */
  dx: number;
  /** The row under the pointer. */
  row: string | null;
}

interface Options {
  scroller: RefObject<HTMLElement | null>;
  isEnabled: boolean;
  onDrag: (block: Block, point: DragPoint) => void;
  onDrop: (block: Block, point: DragPoint) => void;
  onCancel: () => void;
}

interface Drag {
  block: Block;
  pointer: number;
  x: number;
  y: number;
  scrolled: number;
  isOn: boolean;
  last: { x: number; y: number };
  stop: () => void;
}

export function useBlockDrag(options: Options) {
  const current = useRef(options);
  useEffect(() => {
    current.current = options;
  });
  const drag = useRef<Drag | null>(null);
  // A click follows the drop; it must not open the sheet.
  const dropped = useRef(0);
  useEffect(() => () => drag.current?.stop(), []);

  const point = (d: Drag): DragPoint => {
    const scroller = current.current.scroller.current;
    const under = document.elementFromPoint(d.last.x, d.last.y)?.closest<HTMLElement>("[data-row]");
    return { dx: d.last.x - d.x + (scroller ? scroller.scrollLeft - d.scrolled : 0), row: under?.dataset.row ?? null };
  };

  const onPointerDown = (event: PointerEvent) => {
    const { isEnabled, scroller } = current.current;
    const element = (event.target as Element).closest("[data-block]");
    const block = element ? blocksByElement.get(element) : undefined;
    if (!isEnabled || !block || event.button !== 0 || drag.current || block.shift.status === "cancelled") return;
    const finger = event.pointerType === "touch";
    const abort = new AbortController();
    const { signal } = abort;
    let timer = 0;
    let frame = 0;

    const d: Drag = {
      block, pointer: event.pointerId, x: event.clientX, y: event.clientY, scrolled: scroller.current?.scrollLeft ?? 0,
      isOn: false, last: { x: event.clientX, y: event.clientY },
      stop: () => {
        abort.abort();
        window.clearTimeout(timer);
        cancelAnimationFrame(frame);
        drag.current = null;
      },
    };
    const start = () => {
      d.isOn = true;
      if (finger) navigator.vibrate?.(15);
      current.current.onDrag(block, point(d));
      frame = requestAnimationFrame(scrollAtEdges);
    };
    // Near an edge the plan scrolls along, so that far rows and hours can be reached.
    const scrollAtEdges = () => {
      const box = scroller.current?.getBoundingClientRect();
      if (box && scroller.current) {
        const by = {
          x: edge(d.last.x, d.x, box.left + 96, box.right),
          y: edge(d.last.y, d.y, Math.max(0, box.top), Math.min(window.innerHeight, box.bottom)),
        };
        if (by.x || by.y) {
          scroller.current.scrollBy(by.x, by.y);
          current.current.onDrag(block, point(d));
        }
      }
      frame = requestAnimationFrame(scrollAtEdges);
    };
    const end = (drop: boolean) => {
      const wasOn = d.isOn;
      const where = point(d);
      d.stop();
      if (!wasOn) return;
      dropped.current = performance.now();
      if (drop) current.current.onDrop(block, where);
      else current.current.onCancel();
    };

    window.addEventListener("pointermove", (e) => {
      if (e.pointerId !== d.pointer) return;
      d.last = { x: e.clientX, y: e.clientY };
      const far = Math.hypot(e.clientX - d.x, e.clientY - d.y);
      if (d.isOn) current.current.onDrag(block, point(d));
      else if (finger && far > FINGER_SLOP) d.stop();
      else if (!finger && far > MOUSE_START) start();
    }, { signal });
    window.addEventListener("pointerup", (e) => { if (e.pointerId === d.pointer) end(true); }, { signal });
    window.addEventListener("pointercancel", (e) => { if (e.pointerId === d.pointer) end(false); }, { signal });
    window.addEventListener("keydown", (e) => { if (e.key === "Escape") end(false); }, { signal });
    window.addEventListener("contextmenu", (e) => { if (finger) e.preventDefault(); }, { signal });
    // Once the drag is on, the finger no longer scrolls. Passive listeners could not say so.
    window.addEventListener("touchmove", (e) => { if (d.isOn) e.preventDefault(); }, { signal, passive: false });
    if (finger) timer = window.setTimeout(start, FINGER_REST_MS);
    drag.current = d;
  };

  const onClickCapture = (event: MouseEvent) => {
    if (performance.now() - dropped.current > 300) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { onPointerDown, onClickCapture };
}

/** A drag that begins near an edge scrolls only once it moves towards it. */
function edge(at: number, began: number, low: number, high: number): number {
  if (at < low + EDGE && at < began - MOUSE_START) return -12;
  return at > high - EDGE && at > began + MOUSE_START ? 12 : 0;
}
