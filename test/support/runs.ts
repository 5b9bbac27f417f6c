/** So many runs of a property, times ROLLCALL_RUNS: few by default, many in .ci/run. */
export function runs(n: number): number {
  return n * Number(process.env.ROLLCALL_RUNS ?? 1);
}
