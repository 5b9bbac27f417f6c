import { steadyNow } from "../../files/steady-now.ts";
import { createWakeUp } from "../sources/wake.ts";
import type { Kept } from "../state/format.ts";
import { peerHold } from "./peers.ts";
import { digestOf, type PeerState, written } from "./wire.ts";

export interface TellOptions {
  /** What there is to tell now, with what is remembered. */
  readonly state: () => PeerState;
  readonly groups: () => Kept["groups"];
  readonly signal: AbortSignal;
}

/** How often it is looked whether there is news, in milliseconds: how far a drain is follows from the time and from polls, which tell nobody. */
const pace = 200;

/** Answers a peer, once there is something that it doesn't know, or after 5 s. One that has known nothing is told what is remembered too. */
export function createTell({ state, groups, signal }: TellOptions) {
  return async (known: string | undefined): Promise<object> => {
    const end = steadyNow() + peerHold;
    const pause = createWakeUp();
    while (known !== undefined && digestOf(state()) === known && steadyNow() < end && !signal.aborted)
      await pause.wait(pace, signal);
    const { remembered, ...rest } = state();
    const whole = known === undefined && remembered ? { ...rest, remembered } : rest;
    return written(whole, groups(), steadyNow());
  };
}
