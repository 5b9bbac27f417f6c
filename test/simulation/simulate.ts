import { createHash } from "node:crypto";
import fc, { type Scheduler } from "fast-check";
import { createAsker } from "./asker.ts";
import { calm } from "./calm.ts";
import type { History, Step } from "./history.ts";
import { createModel } from "./model.ts";
import { createOperator } from "./operator.ts";
import { createRollout } from "./rollout.ts";
import { createServer, type Parts, realParts, type SimulatedServer } from "./server.ts";
import { createTraefiks, urlOf } from "./traefiks.ts";
import { createTruth, names } from "./truth.ts";
import { createWires, settle } from "./wires.ts";

/**
 * The seam of the simulation. Real are: the walk with its publisher, marks, flapping and first reports; the wiring with labels; the probes;
 * the provider's route with its holds and its table of pollers; the reader of Traefik's API and its history; the rows of drains; the guard
 * of lost instances; what is kept, as text. Simulated is what they would wait for, and each of it is a wire, on which fast-check's
 * scheduler chooses what arrives next: listings and events (source.ts), files (files.ts), answers of replicas (asker.ts), polls, answers
 * to them and what a Traefik does with them (traefiks.ts), writes (disk.ts). Time is faked, and goes on in ticks. The truth (truth.ts) is
 * what really is; the model (model.ts) says what may be served of what the server has heard; the operator (operator.ts) stops what is
 * drained, and must not find a Traefik that still runs it.
 */
export type World = ReturnType<typeof createWorld>;

/** Time goes on in steps of so many milliseconds, after each of which everything goes on that waits for a time. */
const tick = 200;

/** Moves the fake time. */
type Pass = (ms: number) => void;

function createWorld({ groups, hold, apis, order }: History, parts: Parts, pass: Pass) {
  const trace: string[] = [];
  const tell = (line: string) => void trace.push(line);
  const truth = createTruth();
  const model = createModel();
  const wires = createWires(schedulerOf(order), tell);
  let failure: unknown;
  const traefikNames = ["10.9.9.1", "10.9.9.2"];
  const traefiks = createTraefiks(traefikNames, apis, wires, () => server);
  const server: SimulatedServer = createServer({
    ...{ groups, hold, parts, truth, wires, ask: createAsker(truth, wires, model.answered), askTraefik: traefiks.ask },
    apis: traefikNames.slice(0, apis).map(urlOf),
    called: (walk) => model.check(walk.inputs(), walk.outcome()),
    published({ publisher, outcome }) {
      tell(`published ${publisher.current().status} ${publisher.current().version}`);
      model.checkDocument(publisher.current(), outcome().plan);
    },
    failed(error) {
      failure ??= error;
    },
  });
  const operator = createOperator(truth, () => server, traefiks, tell);
  const rollout = createRollout(truth, () => server, operator);
  return {
    ...{ truth, model, server, traefiks, operator, rollout, wires, trace },
    /** Throws what any part has found to be wrong. */
    check() {
      if (failure !== undefined) throw failure;
    },
    async wait(ms: number) {
      for (let left = ms; left > 0; left -= tick) {
        pass(Math.min(tick, left));
        await settle();
        traefiks.tick();
        await wires.arriveLate();
        operator.tick();
        rollout.tick();
        this.check();
      }
    },
  };
}

/** Lives through a history, under fake timers, which `pass` moves. Throws at the first thing that must not be; gives the digest of what happened. */
export async function simulate(history: History, pass: Pass, parts = realParts): Promise<string> {
  const world = createWorld(history, parts, pass);
  await settle();
  if (history.opened) {
    for (const name of names) world.truth.make(name, "other").opens = true;
    await calm(world);
  }
  for (const step of history.steps) {
    await world.wait(step.after);
    world.trace.push(JSON.stringify(step));
    await take(world, step);
    await settle();
    world.operator.tick();
    world.check();
  }
  world.operator.giveUp();
  world.rollout.giveUp();
  await calm(world);
  world.server.end(false);
  await settle();
  world.check();
  return createHash("sha256").update(world.trace.join("\n")).digest("hex");
}

function schedulerOf(order: number): Scheduler {
  const [scheduler] = fc.sample(fc.scheduler(), { seed: order, numRuns: 1 });
  return scheduler as Scheduler;
}

async function take(world: World, step: Step) {
  const { truth, model, server, traefiks, operator, rollout, wires } = world;
  if (step.do === "arrive") await wires.arrive(step.count);
  else if (step.do === "look") server.source().look(step.lie, step.of);
  else if (step.do === "drain") operator.drain(step.name, step.aim);
  else if (step.do === "undrain") operator.undrain(step.name);
  else if (step.do === "rollout") rollout.begin(step.group);
  else if (step.do === "declare")
    server.declare([...server.declared().filter(({ name }) => name !== step.group.name), step.group]);
  else if (step.do === "remove") server.declare(server.declared().filter(({ name }) => name !== step.group));
  else if (step.do === "restart") {
    const isLost = server.end(step.crash);
    traefiks.serverEnded();
    await settle();
    model.restarted(isLost);
    server.start();
  } else if ("which" in step) {
    const one = traefiks.all[step.which];
    if (!one) return;
    if (step.do === "poll") traefiks.poll(one);
    if (step.do === "stop-traefik") traefiks.stop(one);
    if (step.do === "go-on") traefiks.goOn(one);
    if (step.do === "refuse") traefiks.refuse(one);
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
      if (step.told) server.source().tellEnd(step.name);
    }
  }
}
