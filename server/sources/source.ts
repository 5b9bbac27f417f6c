/**
 * Where whole states come from. `run` reports a state each time it has looked, until `signal` aborts; then it resolves, with
 * no handle left open. It never rejects for a fault of the world: a failed look reports the last good state with its problem.
 *
 * Not promised: that a reported state differs from the one before; that every change is seen (two in a row may be one);
 * any order between sources; any pace.
 */
export interface Source<State> {
  readonly name: string;
  run(report: (state: State) => void, signal: AbortSignal): Promise<void>;
}
