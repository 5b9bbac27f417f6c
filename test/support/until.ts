/** Resolves with the first answer that is neither false nor undefined; rejects, naming what was awaited, after `timeout` ms. Asks often at first, then every `gap` ms. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  timeout = 60_000,
  gap = 50,
): Promise<T> {
  const began = performance.now();
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    const waited = performance.now() - began;
    if (waited > timeout) throw new Error(`not within ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, Math.min(gap, 5 + waited / 10)));
  }
}
