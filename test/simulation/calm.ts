import { servicesOf } from "./document.ts";
import type { World } from "./simulate.ts";
import { isLabelled, names } from "./truth.ts";

/** In milliseconds: who came and went too often joins a minute after the last time at the latest. */
const patience = 90_000;

/**
 * Everything works for a while: nobody lies, every machine runs and answers, every Traefik polls and every mark is taken back. Then what is
 * served is what the files declare, and every Traefik runs it.
 */
export async function calm(world: World) {
  const { truth, server, traefiks } = world;
  for (const name of names) {
    const machine = truth.machines.get(name) ?? truth.make(name, "other");
    Object.assign(machine, { state: "running", opens: true, ending: undefined });
  }
  for (const one of traefiks.all) traefiks.goOn(one);
  server.writes().takeBack("all", true);
  for (let waited = 0; waited <= patience; waited += 1000) {
    // Listings have to agree about what was lost; and now and then one is made without a reason.
    if (waited === 2000 || waited % 10_000 === 0) server.source().lookAgain();
    await world.wait(1000);
    if (whatIsWrong(world) === undefined) return;
  }
  throw new Error(whatIsWrong(world));
}

function whatIsWrong({ truth, server, traefiks }: World): string | undefined {
  const at = (name: string, port: number) => `${truth.machines.get(name)?.address}:${port}`;
  const wanted = server.declared().map(({ name, replicas, selector, service }) => {
    const members = names.filter((one) => one.startsWith(`${name}-`)).slice(0, selector ? names.length : replicas);
    return [name, members.map((one) => at(one, service.port))] as const;
  });
  const boxes = names.filter(isLabelled).map((name) => at(name, 80));
  const expected = shown(new Map([...wanted, ["box", boxes]]));
  const { status, body } = server.walk().publisher.current();
  const served = status === 200 ? shown(servicesOf(body)) : body.toString();
  if (served !== expected) return `when all is well ${expected} should be served, and this is: ${served}`;
  for (const { name, applied } of traefiks.all) {
    const runs = applied ? shown(servicesOf(applied)) : "nothing";
    if (runs !== expected) return `when all is well ${name} should run ${expected}, and runs ${runs}`;
  }
  return undefined;
}

function shown(services: ReadonlyMap<string, readonly string[]>): string {
  return JSON.stringify([...services].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, at]) => [name, [...at].sort()]));
}
