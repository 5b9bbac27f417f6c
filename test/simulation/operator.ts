import { isRefused } from "../../server/marks/drains.ts";
import { markKey } from "../../server/roll-call/marks.ts";
import { servicesOf } from "./document.ts";
import type { Aim } from "./history.ts";
import type { SimulatedServer } from "./server.ts";
import type { Traefik, Traefiks } from "./traefiks.ts";
import type { Machine, Truth } from "./truth.ts";

/** Who drains an instance, waits until the server says that it is drained, and only then stops or deletes it. */
export interface Operator {
  /** `ended` is called once it is done, with whether it was: it may be refused or take too long. */
  drain(name: string, aim: Aim, ended?: (done: boolean) => void): void;
  undrain(name: string): void;
  /** Goes on with drains, and gives up those that take too long. */
  tick(): void;
  giveUp(): void;
}

/** In milliseconds: for requests in flight, and for Traefik's throttle where nobody asks what it runs; how long a drain is awaited; how long its mark lasts. */
const grace = 3000;
const timeout = 60_000;
const lasts = 120_000;
/** After so many milliseconds without a poll, or an answer of its API, a Traefik counts as gone. */
const goneAfter = 15_000;

interface Draining {
  readonly machine: Machine;
  readonly aim: Aim;
  readonly since: number;
  readonly ended: (done: boolean) => void;
}

export function createOperator(
  truth: Truth,
  server: () => SimulatedServer,
  traefiks: Traefiks,
  trace: (line: string) => void,
): Operator {
  const drains = new Map<string, Draining>();

  function isGone({ hasApi, answered, isStopped, seen }: Traefik): boolean {
    const now = Date.now();
    if (hasApi) return now - Math.max(answered, server().began()) > goneAfter;
    return isStopped || now - seen > goneAfter;
  }

  /** A live poller that runs a document with the instance would send it a request. */
  function checkLetGo({ name, address }: Machine) {
    for (const one of traefiks.all) {
      if (!one.applied || isGone(one)) continue;
      if ([...servicesOf(one.applied).values()].flat().some((at) => at.startsWith(`${address}:`)))
        throw new Error(`${name} was stopped by us while ${one.name} runs a document with ${address}`);
    }
  }

  function act({ machine, aim }: Draining) {
    const { name } = machine;
    trace(`${aim} ${name}`);
    if (aim !== "nothing") checkLetGo(machine);
    if (aim === "stop" || aim === "restart") Object.assign(machine, { state: "stopped", opens: false });
    if (aim === "restart") machine.state = "running";
    if (aim === "delete" || aim === "replace") truth.end(name);
    if (aim === "replace") truth.make(name, "previous");
    server().source().lookAgain();
  }

  return {
    drain(name, aim, ended = () => {}) {
      const machine = truth.machines.get(name);
      if (machine?.state !== "running" || drains.has(name)) return ended(false);
      const asked = { targets: [name], by: "ann", grace, for: lasts, force: true, ifPresent: false };
      if (isRefused(server().writes().drain(asked))) return ended(false);
      drains.set(name, { machine, aim, since: Date.now(), ended });
    },
    undrain(name) {
      const draining = drains.get(name);
      if (!draining) return;
      drains.delete(name);
      server().writes().takeBack([name], true);
      draining.ended(false);
    },
    tick() {
      for (const [name, draining] of drains) {
        const isOther = truth.machines.get(name) !== draining.machine;
        if (isOther || Date.now() - draining.since > timeout) {
          drains.delete(name);
          draining.ended(false);
        } else if (server().drainStep(markKey({ source: "local", project: "default", instance: name })) === "drained") {
          drains.delete(name);
          act(draining);
          draining.ended(true);
        }
      }
    },
    giveUp: () => drains.clear(),
  };
}
