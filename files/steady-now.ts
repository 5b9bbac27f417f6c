const began = Math.round(performance.timeOrigin);

/**
 * Milliseconds since 1970, by the machine's clock when the process began and steadily from then on: a clock that is set, or
 * jumps, ends no wait early and makes none longer.
 */
export function steadyNow(): number {
  return began + Math.round(performance.now());
}
