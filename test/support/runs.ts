/** How often a test with generated cases is to run: `count` times ROLLCALL_RUNS, which CI sets higher. */
export function runs(count: number): number {
  return count * Number(process.env.ROLLCALL_RUNS ?? 1);
}
