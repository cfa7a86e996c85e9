// Numbers of many runs, and the rows that a benchmark returns. Lower is better in every row.

/** The smallest value that so many percent of all do not exceed. */
export function percentile(values, percent) {
  if (values.length === 0) throw new Error("a percentile of nothing");
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
}

export const median = (values) => percentile(values, 50);

export function row(workload, system, metric, value, unit, runs) {
  return { workload, system, metric, value, unit, runs };
}

/** Rows of the times of single acts. */
export function percentiles(workload, system, metric, times, percents, unit = "ms") {
  return percents.map((p) => row(workload, system, `${metric}, p${p}`, percentile(times, p), unit, times.length));
}

/**
 * Lets every system run in turn, again and again, so that a slow moment of the machine meets all of them. The first round
 * warms up and is thrown away. Returns for each system the results of its runs.
 */
export async function interleaved(systems, runs, once) {
  const results = new Map(systems.map((system) => [system, []]));
  for (let round = 0; round <= runs; round++) {
    for (const system of systems) {
      const result = await once(system, round);
      if (round > 0) results.get(system).push(result);
    }
  }
  return results;
}

/** The median of one figure over the runs. */
export const medianOf = (results, key) => median(results.map((result) => result[key]));
