import { markKey } from "../../server/roll-call/marks.ts";
import type { Aim } from "./history.ts";
import { servicesOf } from "./model.ts";
import type { SimulatedServer } from "./server.ts";
import type { Traefiks } from "./traefiks.ts";
import { listed, type Machine, type Truth } from "./truth.ts";

/** Who drains an instance, waits until the server says that it is drained, and only then stops or deletes it. */
export interface Operator {
  drain(name: string, aim: Aim): void;
  undrain(name: string): void;
  /** Goes on with drains, and gives up those that take too long. */
  tick(): void;
  giveUp(): void;
}

/** In milliseconds: for requests in flight, and for Traefik's throttle where nobody asks what it runs; how long a drain is awaited; how long its mark lasts. */
const grace = 3000;
const timeout = 60_000;
const lasts = 120_000;

export const placeOf = (name: string) => ({ source: "local", project: "default", instance: name });

interface Draining {
  readonly machine: Machine;
  readonly aim: Aim;
  readonly since: number;
}

export function createOperator(
  truth: Truth,
  server: () => SimulatedServer,
  traefiks: Traefiks,
  trace: (line: string) => void,
): Operator {
  const drains = new Map<string, Draining>();

  /** A live poller that runs a document with the instance would send it a request. */
  function checkLetGo({ name, address }: Machine) {
    for (const one of traefiks.all) {
      if (one.isStopped || !one.applied || Date.now() - one.polled > 15_000) continue;
      const holding = [...servicesOf(one.applied)].filter(([, at]) =>
        at.some((each) => each.startsWith(`${address}:`)),
      );
      if (holding.length > 0)
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
  }

  return {
    drain(name, aim) {
      const machine = truth.machines.get(name);
      if (machine?.state !== "running" || drains.has(name)) return;
      drains.set(name, { machine, aim, since: Date.now() });
      const uuid = listed(machine).uuid ?? "";
      server().mark({ ...placeOf(name), uuid, by: "ann", since: Date.now(), until: Date.now() + lasts, grace });
    },
    undrain(name) {
      if (drains.delete(name)) server().unmark(markKey(placeOf(name)));
    },
    tick() {
      for (const [name, draining] of drains) {
        if (truth.machines.get(name) !== draining.machine || Date.now() - draining.since > timeout) drains.delete(name);
        else if (server().isDrained(markKey(placeOf(name)))) {
          drains.delete(name);
          act(draining);
        }
      }
    },
    giveUp: () => drains.clear(),
  };
}
