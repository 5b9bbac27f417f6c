/** What each exit code means; docs/reference/cli.md has the same table. Signals end a verb with 128 and their number. */
export const exitCodes = {
  ok: 0,
  error: 1,
  /** `diff --exit-code` has found a difference. */
  differs: 2,
  /** The command line is wrong. */
  usage: 64,
  /** The wait timed out. */
  timeout: 75,
} as const;
