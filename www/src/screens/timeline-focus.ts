/** Arrow keys between blocks: left and right within a row, up and down to the nearest in time. */
export function moveFocus(timeline: HTMLElement, from: HTMLElement, key: string): boolean {
  const all = [...timeline.querySelectorAll<HTMLElement>("[data-block]")];
  const next = pick(all, from, key);
  if (!next) return false;
  next.focus();
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
  return true;
}

const rowOf = (block: HTMLElement) => block.closest<HTMLElement>("[data-row]");
const startOf = (block: HTMLElement) => Number(block.dataset.from);

function pick(all: HTMLElement[], from: HTMLElement, key: string): HTMLElement | undefined {
  const row = rowOf(from);
  const inRow = all.filter((block) => rowOf(block) === row);
  const index = inRow.indexOf(from);
  if (key === "ArrowLeft") return inRow[index - 1];
  if (key === "ArrowRight") return inRow[index + 1];
  if (key === "Home") return inRow[0];
  if (key === "End") return inRow.at(-1);
  if (key !== "ArrowDown" && key !== "ArrowUp") return undefined;
  const down = key === "ArrowDown";
  const others = all.filter((block) => rowOf(block) !== row && (from.compareDocumentPosition(block) & (down ? 4 : 2)) !== 0);
  const nearestRow = rowOf((down ? others[0] : others.at(-1)) ?? from);
  return others
    .filter((block) => rowOf(block) === nearestRow)
    .sort((a, b) => Math.abs(startOf(a) - startOf(from)) - Math.abs(startOf(b) - startOf(from)))[0];
}
