import { membersOf } from "../../server/roll-call/plan.ts";
import { usualRollout } from "../../shared/rollout.ts";
import type { Operator } from "./operator.ts";
import type { SimulatedServer } from "./server.ts";
import { names, type Truth } from "./truth.ts";

/** A rollout with surge: adds a replica, replaces the others one after the other once it serves, and takes it away again. */
export interface Rollout {
  begin(group: string): void;
  tick(): void;
  giveUp(): void;
}

/** How long a replica is awaited, in milliseconds. */
const patience = 60_000;
const image = "next";

export function createRollout(truth: Truth, server: () => SimulatedServer, operator: Operator): Rollout {
  /** Goes on once that replica serves; undefined while a drain is awaited, or no rollout is under way. */
  let awaited: { readonly name: string; readonly until: number; readonly goOn: () => void } | undefined;
  let underway: string | undefined;

  const declaredOf = (group: string) =>
    server()
      .declared()
      .find(({ name }) => name === group);
  const others = (group: string) =>
    server()
      .declared()
      .filter(({ name }) => name !== group);

  function serves(name: string): boolean {
    const one = server()
      .walk()
      .outcome()
      .plan.groups.find(({ group }) => group.name === underway);
    return one !== undefined && membersOf(one).some(({ replica }) => replica === name);
  }
  function make(name: string) {
    const machine = truth.machines.get(name) ?? truth.make(name, "other");
    Object.assign(machine, { state: "running", opens: true });
    server().source().lookAgain();
  }
  function replace(group: string, index: number, last: number) {
    if (declaredOf(group)?.rollout?.image !== image) return stop();
    if (index === last) return takeAway(group, last);
    const name = `${group}-${index}`;
    operator.drain(name, "replace", (done) => {
      if (!done) return takeAway(group, last);
      make(name);
      awaited = { name, until: Date.now() + patience, goOn: () => replace(group, index + 1, last) };
    });
  }
  function takeAway(group: string, replicas: number) {
    const declared = declaredOf(group);
    if (declared?.rollout?.image === image) {
      const { rollout: _, ...rest } = declared;
      server().declare([...others(group), { ...rest, replicas }]);
    }
    operator.drain(`${group}-${replicas}`, "delete");
    stop();
  }
  function stop() {
    [underway, awaited] = [undefined, undefined];
  }

  return {
    begin(group) {
      const declared = declaredOf(group);
      const added = `${group}-${declared?.replicas}`;
      if (underway || !declared || declared.selector || !names.some((name) => name === added)) return;
      const { replicas } = declared;
      const rollout = { ...usualRollout, image, maxSurge: 1, surge: 1 };
      underway = group;
      server().declare([...others(group), { ...declared, replicas: replicas + 1, rollout }]);
      make(added);
      awaited = { name: added, until: Date.now() + patience, goOn: () => replace(group, 0, replicas) };
    },
    tick() {
      if (!awaited || !underway) return;
      const { name, until, goOn } = awaited;
      if (serves(name)) {
        awaited = undefined;
        goOn();
      } else if (Date.now() > until) stop();
    },
    giveUp: stop,
  };
}
