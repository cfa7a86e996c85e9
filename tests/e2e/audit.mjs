// What every view of the app must keep: axe's rules, and those that axe does not know.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** What is there for screen readers only: it takes no room, or waits beside the page for the focus. */
function isForReaders(element) {
  for (let e = element; e; e = e.parentElement) {
    const { width, height } = e.getBoundingClientRect();
    if ((width <= 1 && height <= 1) || e.matches(".visually-hidden, .skip")) return true;
  }
  return false;
}

/** The init script that the pages need. */
export const AUDIT = `${readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")};window.isForReaders = ${isForReaders};`;
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** The rules whose answer depends on the colours: 7:1 for all text but large one, to be read in the sun. */
const COLOUR_RULES = ["color-contrast", "color-contrast-enhanced", "link-in-text-block"];
/** Lists and menus pop up at the end of the page, beside the landmarks: they belong to their field or button. */
const CHECKS = { region: { options: { regionMatcher: "dialog, [role=dialog], [role=alertdialog], [role=listbox], [role=menu], .popover, svg" } } };

const line = ({ id, help, nodes }) => nodes.filter((n) => !isCovered(n)).map((n) => `${id} (${help}): ${n.target.join(" ")} ${n.html.slice(0, 200)} ${n.any[0]?.message ?? n.failureSummary ?? ""}`);

/** What lies under a fixed bar at the moment can be scrolled from under it. */
const isCovered = (node) => node.any.some((check) => /partially obscured/.test(check.message));

/** The violations, a line each; `rules` are all, or those of colours. */
export async function axe(page, rules = "all") {
  const options = rules === "all" ? { runOnly: { type: "tag", values: TAGS } } : { runOnly: { type: "rule", values: COLOUR_RULES } };
  const violations = await page.evaluate(async (o) => (await window.axe.run(document, o)).violations, { ...options, checks: CHECKS, resultTypes: ["violations"] });
  return violations.flatMap(line);
}

/** One h1 outside of sheets, a title that says the screen, the page's language, and the landmarks. */
export function structure(page) {
  return page.evaluate(() => {
    const wrong = [];
    const heads = [...document.querySelectorAll("h1")].map((h) => h.textContent);
    if (heads.length !== 1) wrong.push(`${heads.length} h1: ${heads.join(" / ")}`);
    // A plan to print is called as its file will be.
    const named = heads[0] && (document.title.startsWith(heads[0]) || heads[0] === `Print ${document.title.split(" · ")[0]}`);
    if (heads[0] && !named) wrong.push(`the title is “${document.title}” and the h1 “${heads[0]}”`);
    if (!document.documentElement.lang) wrong.push("no language");
    if (document.querySelectorAll("main").length !== 1) wrong.push("not one main landmark");
    return wrong;
  });
}

/** Nothing is wider than the page but what scrolls by itself (WCAG 1.4.10). */
export function reflow(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wrong = [];
    if (document.documentElement.scrollWidth > width) wrong.push(`the page is ${document.documentElement.scrollWidth} px wide`);
    const scrolls = (e) => {
      for (let p = e.parentElement; p; p = p.parentElement) if (/auto|scroll/.test(getComputedStyle(p).overflowX) && p.matches(".timeline, .coverage, .days, .table-wrap")) return true;
      return false;
    };
    for (const e of document.querySelectorAll("body *")) {
      const box = e.getBoundingClientRect();
      if (box.width === 0 || box.height === 0 || (box.right <= width + 1 && box.left >= -1)) continue;
      if (!e.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }) || scrolls(e) || isForReaders(e)) continue;
      wrong.push(`${e.tagName}.${e.className} from ${Math.round(box.left)} to ${Math.round(box.right)} of ${width}`);
    }
    return wrong.slice(0, 5);
  });
}

/** Text that its own box cuts off and that is no title with an ellipsis (WCAG 1.4.12). */
export function clipped(page) {
  return page.evaluate(() => {
    const wrong = [];
    for (const e of document.querySelectorAll("body *")) {
      const style = getComputedStyle(e);
      const cuts = { x: /hidden|clip/.test(style.overflowX), y: /hidden|clip/.test(style.overflowY) };
      if ((!cuts.x && !cuts.y) || e.closest("input, .block, svg, [aria-hidden=true]") || isForReaders(e) || !e.checkVisibility({ contentVisibilityAuto: true })) continue;
      if ((cuts.y && e.scrollHeight > e.clientHeight + 2) || (cuts.x && e.scrollWidth > e.clientWidth + 2)) wrong.push(`${e.tagName}.${e.className} “${e.textContent.slice(0, 40)}” ${e.scrollWidth}×${e.scrollHeight} in ${e.clientWidth}×${e.clientHeight}`);
    }
    return wrong.slice(0, 5);
  });
}

/** As WCAG 1.4.12 says that people may set it. */
export const SPACING = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }";

/** What is smaller than a finger; links within a sentence are as high as its lines, and blocks as long as their time. */
export function targets(page, least = 44) {
  return page.evaluate((min) => {
    const wrong = [];
    for (const e of document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=tab], [role=option], [role=menuitem], label.check")) {
      if (!e.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }) || e.closest("[aria-hidden=true]") || isForReaders(e) || e.matches(".block")) continue;
      const style = getComputedStyle(e);
      const box = e.getBoundingClientRect();
      if (e.tagName === "A" && style.display === "inline") continue;
      if (box.width < min - 0.5 || box.height < min - 0.5) wrong.push(`${e.tagName}.${e.className} “${(e.getAttribute("aria-label") ?? e.textContent).slice(0, 40)}” is ${Math.round(box.width)}×${Math.round(box.height)}`);
    }
    return wrong.slice(0, 8);
  }, least);
}

/** What still moves although people asked for none. */
export function motion(page) {
  return page.evaluate(() => {
    const seconds = (text) => Math.max(...text.split(",").map((t) => (t.trim().endsWith("ms") ? parseFloat(t) / 1000 : parseFloat(t))));
    const wrong = [];
    for (const e of document.querySelectorAll("body *")) {
      const style = getComputedStyle(e);
      if (seconds(style.transitionDuration) > 0.01 || (style.animationName !== "none" && seconds(style.animationDuration) > 0.01)) wrong.push(`${e.tagName}.${e.className}`);
    }
    return wrong.slice(0, 5);
  });
}
