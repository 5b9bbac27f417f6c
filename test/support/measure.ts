/** Prints a line that says what was measured: the numbers of a run are to be read, not only the verdict. */
export function tell(line: string): void {
  console.log(`real: ${line}`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}

/** `median 41 ms, max 63 ms of 10` */
export function spread(values: readonly number[]): string {
  return `median ${ms(median(values))}, max ${ms(Math.max(...values))} of ${values.length}`;
}

export function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

/** The milliseconds of processor time that it takes, whatever else the machine does meanwhile. */
export function cpuTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

export const pause = (time: number) => new Promise<void>((resolve) => setTimeout(resolve, time));
