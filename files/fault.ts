/**
 * Runs work that reads one thing, a file or an instance's labels, so that a bug in rollcall only affects that thing:
 * `otherwise` gets the text to report. It names the kind of error and the place in the code, but not the error's own message,
 * which may hold a secret.
 */
export function guarded<T>(work: () => T, otherwise: (fault: string) => T): T {
  try {
    return work();
  } catch (error) {
    return otherwise(faultText(error));
  }
}

/** `a fault of rollcall itself: RangeError in grammar.ts:57; please report it` */
export function faultText(error: unknown): string {
  const { name = "an error", stack = "" } = error instanceof Error ? error : {};
  const [, place] = /([\w.-]+\.[jt]s:\d+)/.exec(stack.split("\n    at ").slice(1).join("\n")) ?? [];
  return `a fault of rollcall itself: ${name}${place === undefined ? "" : ` in ${place}`}; please report it`;
}
