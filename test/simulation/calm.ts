import { markKey } from "../../server/roll-call/marks.ts";
import { servicesOf } from "./model.ts";
import { placeOf } from "./operator.ts";
import type { World } from "./simulate.ts";
import { names } from "./truth.ts";

/**
 * Everything works for a while: nobody lies, every machine runs and answers, every Traefik polls and every mark is taken back. Then what is
 * served is what the files declare, and every Traefik runs it.
 */
export function calm(world: World) {
  const { truth, source, probes, server, traefiks } = world;
  for (const name of names) {
    const machine = truth.machines.get(name) ?? truth.make(name, "other");
    Object.assign(machine, { state: "running", opens: true, ending: undefined });
    server.unmark(markKey(placeOf(name)));
  }
  for (const one of traefiks.all) traefiks.goOn(one);
  for (let round = 0; round < 4; round++) {
    source.look("none", []);
    world.hear();
    const asked = probes.answers().size;
    for (let which = 0; which < asked; which++) probes.ask(which);
    for (let which = 0; which < asked; which++) world.answer(0);
    world.wait(1000);
  }
  world.wait(8000);
  const { declared } = server.inputs();
  const wanted = declared.groups.map(({ name, replicas, selector, service }) => {
    const members = names.filter((one) => one.startsWith(`${name}-`)).slice(0, selector ? names.length : replicas);
    return [name, members.map((one) => `${truth.machines.get(one)?.address}:${service.port}`).sort()] as const;
  });
  const expected = JSON.stringify(wanted);
  const shown = (services: ReadonlyMap<string, readonly string[]>) =>
    JSON.stringify([...services].sort().map(([name, at]) => [name, [...at].sort()]));
  const current = server.publisher().current();
  const served = current.status === 200 ? shown(servicesOf(current)) : current.body.toString();
  if (served !== expected) throw new Error(`when all is well ${expected} should be served, and this is: ${served}`);
  for (const { name, applied } of traefiks.all)
    if (!applied || shown(servicesOf(applied)) !== expected)
      throw new Error(`when all is well ${name} runs something else`);
}
