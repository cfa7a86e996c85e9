// Bars as SVG, readable on dark and on light.

const COLORS = { wedsync: "#2f81f7", raw: "#8b949e" };
const OTHER = "#c2762a";
const [LABEL, WIDTH, BAR, GAP, TOP] = [150, 440, 22, 10, 46];

/** `bars`: { label, value }; with a logarithmic scale where the largest is more than twenty times the smallest. */
export function chart(title, unit, bars) {
  const values = bars.map((bar) => bar.value).filter((value) => value > 0);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const isLog = high > low * 20;
  const height = TOP + bars.length * (BAR + GAP) + 6;
  const length = (value) => (value <= 0 ? 1 : Math.max(1, isLog ? logarithmic(value, low, high) : (value / high) * WIDTH));
  const lines = bars.map(({ label, value }, n) => {
    const y = TOP + n * (BAR + GAP);
    return [
      `<text x="${LABEL - 8}" y="${y + 15}" text-anchor="end" class="t">${escape(label)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${length(value).toFixed(1)}" height="${BAR}" rx="3" fill="${COLORS[label] ?? OTHER}"/>`,
      `<text x="${(LABEL + length(value) + 6).toFixed(1)}" y="${y + 15}" class="t">${short(value)}</text>`,
    ].join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LABEL + WIDTH + 80} ${height}" role="img" aria-label="${escape(title)}">
<style>.t{font:13px system-ui,sans-serif;fill:#57606a}.h{font-weight:600;font-size:14px}@media(prefers-color-scheme:dark){.t{fill:#c9d1d9}}</style>
<text x="8" y="18" class="t h">${escape(title)}</text>
<text x="8" y="36" class="t">${escape(unit)}${isLog ? ", logarithmic scale" : ""}; shorter is better</text>
${lines.join("\n")}
</svg>
`;
}

/** From a tenth of the width for the smallest to all of it for the largest. */
function logarithmic(value, low, high) {
  return WIDTH * (0.1 + (0.9 * Math.log(value / low)) / Math.log(high / low));
}

/** Three digits that count. */
export function short(value) {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toFixed(Math.min(digits, 6))).toLocaleString("en-GB", { maximumFractionDigits: 6 });
}

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
