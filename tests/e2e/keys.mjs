// A person with a keyboard: what has the focus, and Tab until something has it.
import assert from "node:assert/strict";

/** What has the focus: its role and words, whether that is seen, and whether something lies over it. */
export function focus(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    const labels = (element.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
    const name = element.getAttribute("aria-label") ?? (labels || element.labels?.[0]?.textContent) ?? element.textContent;
    const rings = [element, element.closest("label")?.querySelector(".check-box"), element.closest(".note"), element.closest(".finder")].filter(Boolean);
    const ring = rings.some((e) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(e);
      return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    });
    // A field of three lines may be covered in part: its middle or an end must be free.
    const points = [[0.5, 0.5], [0.1, 0.3], [0.9, 0.7], [0.5, 0.1], [0.5, 0.9]].map(([x, y]) => [box.left + box.width * x, box.top + box.height * y]);
    const free = points.some(([x, y]) => {
      const top = document.elementFromPoint(x, y);
      return top !== null && (element.contains(top) || top.contains(element) || element.closest("label")?.contains(top));
    });
    return { tag: element.tagName, name: name.replace(/\s+/g, " ").trim(), ring, free, inDialog: element.closest("[role=dialog]") !== null };
  });
}

/** Presses Tab until what has the focus is called so; every stop on the way is seen and lies free. */
export async function tabTo(page, name, { key = "Tab", most = 120 } = {}) {
  const seen = [];
  for (let i = 0; i < most; i++) {
    await page.keyboard.press(key);
    const now = await focus(page);
    seen.push(now.name.slice(0, 30));
    assert.ok(now.ring, `the focus of “${now.name}” (${now.tag}) is not seen`);
    assert.ok(now.free, `“${now.name}” (${now.tag}) has the focus and lies under something`);
    if (typeof name === "string" ? now.name === name : name.test(now.name)) return now;
  }
  assert.fail(`no ${name} within ${most} presses of ${key}: ${seen.join(" | ")}`);
}
