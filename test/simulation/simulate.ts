import { createHash } from "node:crypto";
import type { Declared } from "../../server/roll-call/declared.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { declare } from "../support/server/literals.ts";
import { calm } from "./calm.ts";
import type { History, Step } from "./history.ts";
import { createModel } from "./model.ts";
import { createOperator } from "./operator.ts";
import { createProbes } from "./probes.ts";
import { createServer, type Parts, realParts, type SimulatedServer } from "./server.ts";
import { createSource } from "./source.ts";
import { createTraefiks } from "./traefiks.ts";
import { createTruth, names } from "./truth.ts";

/** All parts of one history. */
export type World = ReturnType<typeof createWorld>;

/** Time goes on in steps of so many milliseconds, after each of which everything goes on that waits for a time. */
const tick = 100;

function createWorld({ groups }: History, parts: Parts, pass: (ms: number) => void) {
  const trace: string[] = [];
  const truth = createTruth();
  const source = createSource(truth);
  const probes = createProbes(truth);
  const model = createModel();
  const server: SimulatedServer = createServer(groups, parts, {
    target: probes.target,
    answers: probes.answers,
    called(outcome, offered) {
      trace.push(`called ${offered.status} ${offered.version}`);
      model.check(server.inputs(), outcome, offered);
    },
    published(snapshot) {
      trace.push(`published ${snapshot.status} ${snapshot.version}`);
      traefiks.published();
    },
  });
  const traefiks = createTraefiks(() => server);
  const operator = createOperator(
    truth,
    () => server,
    traefiks,
    (line) => trace.push(line),
  );
  return {
    ...{ truth, source, probes, model, server, traefiks, operator, trace },
    wait(ms: number) {
      for (let left = ms; left > 0; left -= tick) {
        pass(Math.min(tick, left));
        server.tick();
        traefiks.tick();
        operator.tick();
      }
    },
    hear() {
      const listing = source.hear(server.serves());
      if (listing) server.hearListing(listing);
    },
    /** A probe's answer arrives. */
    answer(which: number) {
      const heard = probes.hear(which);
      if (!heard) return;
      model.answered(heard.target, heard.by);
      server.hear({});
    },
    declare(change: (groups: readonly DeclaredGroup[]) => readonly DeclaredGroup[]) {
      const next = [...change(server.inputs().declared.groups)].sort((a, b) => (a.name < b.name ? -1 : 1));
      // A directory without a group is refused.
      if (next.length > 0) server.hear({ declared: declare(...next) satisfies Declared });
    },
  };
}

/** Lives through a history, under fake timers, which `pass` moves. Throws at the first thing that must not be; gives the trace of what happened. */
export function simulate(history: History, pass: (ms: number) => void, parts = realParts): string {
  const world = createWorld(history, parts, pass);
  if (history.opened) {
    for (const name of names) world.truth.make(name, "other").opens = true;
    calm(world);
  }
  for (const step of history.steps) {
    world.wait(step.after);
    world.trace.push(JSON.stringify(step));
    take(world, step);
    world.operator.tick();
  }
  world.operator.giveUp();
  calm(world);
  world.server.stop();
  return createHash("sha256").update(world.trace.join("\n")).digest("hex");
}

function take(world: World, step: Step) {
  const { truth, source, probes, model, server, traefiks, operator } = world;
  if (step.do === "look") source.look(step.lie, step.of);
  else if (step.do === "hear") world.hear();
  else if (step.do === "ask") probes.ask(step.which);
  else if (step.do === "answer") world.answer(step.which);
  else if (step.do === "drain") operator.drain(step.name, step.aim);
  else if (step.do === "undrain") operator.undrain(step.name);
  else if (step.do === "declare")
    world.declare((groups) => [...groups.filter(({ name }) => name !== step.group.name), step.group]);
  else if (step.do === "remove") world.declare((groups) => groups.filter(({ name }) => name !== step.group));
  else if (step.do === "restart") {
    traefiks.serverEnded();
    source.restart();
    model.restarted(step.late);
    server.restart(step.late);
  } else if ("which" in step) {
    const one = traefiks.all[step.which % traefiks.all.length];
    if (!one) return;
    if (step.do === "poll") traefiks.poll(one, step.which > 3);
    if (step.do === "receive") traefiks.receive(one);
    if (step.do === "apply") traefiks.apply(one);
    if (step.do === "stop-traefik") traefiks.stop(one);
    if (step.do === "go-on") traefiks.goOn(one);
    if (step.do === "reconnect") traefiks.reconnect(one);
    if (step.do === "restart-traefik") traefiks.restart(one);
  } else {
    const machine = truth.machines.get(step.name);
    if (step.do === "make") {
      if (!machine) truth.make(step.name, step.at);
      return;
    }
    if (!machine) return;
    if (step.do === "start") machine.state = "running";
    if (step.do === "stop") Object.assign(machine, { state: "stopped", opens: false, ending: undefined });
    if (step.do === "freeze") machine.state = "frozen";
    if (step.do === "open" || step.do === "close") machine.opens = step.do === "open";
    if (step.do === "move") machine.address = truth.otherAddress(step.name);
    if (step.do === "begin-ending") machine.ending = "LXD is stopping it";
    if (step.do === "fail-ending") machine.ending = undefined;
    if (step.do === "end") {
      truth.end(step.name);
      if (step.told) source.tellEnd(step.name);
    }
  }
}
