/** One stop of the Tab key for a group of many buttons, between which the arrow keys go: the one that had the focus last. */
export function takeTabStop(group: HTMLElement, member: HTMLElement): void {
  for (const other of group.querySelectorAll<HTMLElement>("[data-stop][tabindex='0']")) other.tabIndex = -1;
  member.tabIndex = 0;
}

/** Where none has it yet, or the one that had it is gone: the first in sight. */
export function keepTabStop(group: HTMLElement): void {
  if (group.querySelector("[data-stop][tabindex='0']")) return;
  const members = [...group.querySelectorAll<HTMLElement>("[data-stop]")];
  const box = group.getBoundingClientRect();
  const inSight = members.find((member) => {
    const { left, right, top, bottom } = member.getBoundingClientRect();
    return right > box.left && left < box.right && bottom > box.top && top < box.bottom;
  });
  const stop = inSight ?? members[0];
  if (stop) stop.tabIndex = 0;
}
