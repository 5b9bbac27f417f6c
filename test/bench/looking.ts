import { execFile } from "node:child_process";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { pino } from "pino";
import { createDriver, type Driver } from "../../embedded-daemon/driver.ts";
import { bytesListed } from "../../embedded-daemon/quick.ts";
import { createClient } from "../../server/platform/client.ts";
import { createDaemonSource } from "../../server/platform/daemon-source.ts";
import { eventPaths, followEvents, isWorthALook, patience } from "../../server/platform/events.ts";
import { pause, processorTime } from "./children.ts";
import type { Result } from "./report.ts";

const changes = 12;
const minute = 60_000;
/** How often the plain re-lister lists without an event. Half a minute of that is measured, and doubled. */
const period = 10_000;
const project = "rollcall-cost";

/**
 * What looking costs a real LXD of lab/lxd.sh, whose socket ROLLCALL_TEST_LXD names, in processor time of its daemon: for one change
 * among `count` running instances and for a minute in which nothing happens, ours beside a plain re-lister. That one lists everything
 * after each event and, when nothing happens, every 10 s. The instances are in a project of their own, and removed at the end.
 */
export async function looking(count: number, tell: (...results: Result[]) => void): Promise<void> {
  const socket = process.env.ROLLCALL_TEST_LXD;
  if (socket === undefined) throw new Error("set ROLLCALL_TEST_LXD to the socket of a lab's LXD");
  const pid = await pidOf(socket);
  const driver = createDriver(socket, { project });
  const names = Array.from({ length: count }, (_, index) => `cost-${index}`);
  const cost = async (during: () => Promise<unknown>) => {
    const before = processorTime(pid);
    await during();
    return (processorTime(pid) - before) * 1000;
  };
  const oneChange = async () => {
    const costs: number[] = [];
    for (let index = 0; index < changes; index++) {
      const change = async () => {
        await driver.setConfig(names[(index * 7) % names.length] ?? "", { "user.note": String(performance.now()) });
        await pause(1000);
      };
      costs.push(await cost(change));
    }
    // Without the dearest: once a minute the daemon has work of its own.
    const usual = costs.sort((a, b) => a - b).slice(0, -2);
    return usual.reduce((sum, each) => sum + each, 0) / usual.length;
  };
  await clear(driver);
  try {
    await driver.createProject(project);
    await four(names, (name) => driver.launch(name));
    await pause(5000);
    const alone = await oneChange();
    const plain = await relisted(socket, async (list) => {
      const change = (await oneChange()) - alone;
      const timer = setInterval(list, period);
      await pause(period / 2);
      const idle = 2 * (await cost(() => pause(minute / 2)));
      clearInterval(timer);
      return { change, idle };
    });
    const ours = await watched(socket, async () => ({
      change: (await oneChange()) - alone,
      idle: await cost(() => pause(minute)),
    }));
    const note = `${count} running instances`;
    const ratio = plain.change / ours.change;
    const often = `listing all every ${period / 1000} s; half a minute, doubled`;
    tell(
      { name: "daemon's processor time for one change, listing all", value: plain.change, unit: "ms", note },
      { name: "daemon's processor time for one change, ours", value: ours.change, unit: "ms", note },
      { name: "one change: ratio of listing all to ours", value: ratio, unit: "times", target: { least: 10 } },
      { name: "daemon's processor time for an idle minute, re-lister", value: plain.idle, unit: "ms", note: often },
      { name: "daemon's processor time for an idle minute, ours", value: ours.idle, unit: "ms", note: "one listing" },
      { name: "an idle minute: ratio of the re-lister to ours", value: plain.idle / ours.idle, unit: "times" },
    );
    // Processor time hardly depends on what else the machine does, so this verdict needs no five-fold.
    if (!(ours.change < plain.change / 10)) throw new Error("a change costs more than a tenth of listing all");
  } finally {
    await clear(driver);
    await driver.close();
  }
}

/** Removes the project, and whatever is in it. */
async function clear(driver: Driver): Promise<void> {
  const projects = (await driver.ask("GET", "/projects")) as string[];
  if (!projects.includes(`/1.0/projects/${project}`)) return;
  const instances = await driver.list();
  await four(instances, ({ name }) => driver.remove(name));
  await driver.removeProject(project);
}

/** Does it to each, four at a time. */
async function four<T>(all: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
  const rest = [...all];
  const worker = async () => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await run(one);
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}

/** Runs it while a source of rollcall's looks, from when that is at rest. */
async function watched<T>(socket: string, run: () => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const source = createDaemonSource({
    name: "local",
    endpoint: { socket },
    projects: [project],
    address: { family: "ipv4", subnet: undefined },
    guard: "50%",
    resync: minute,
    onLook() {},
    log: pino({ enabled: false }),
  });
  const ended = source.run(() => {}, stop.signal);
  await pause(5000);
  try {
    return await run();
  } finally {
    stop.abort();
    await ended;
  }
}

/** Runs it while another lists everything after each event, and when it is told to. */
async function relisted<T>(socket: string, run: (list: () => void) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const client = createClient({ socket });
  let listing = Promise.resolve(0);
  const list = () => {
    listing = listing.then(() => bytesListed(socket, { project }));
  };
  const ended = followEvents({
    client,
    paths: eventPaths(false, []),
    signal: stop.signal,
    ...patience,
    onOpen() {},
    onQuiet() {},
    onEvent(event) {
      if (isWorthALook(event, [project])) list();
    },
  });
  await pause(1000);
  try {
    return await run(list).finally(() => listing);
  } finally {
    stop.abort();
    await ended;
    client.close();
  }
}

async function pidOf(socket: string): Promise<number> {
  const script = resolve(import.meta.dirname, "../../lab/lxd.sh");
  const env = { ...process.env, ROLLCALL_LAB: dirname(dirname(socket)) };
  const { stdout } = await promisify(execFile)(script, ["status"], { env });
  return Number(/^pid (\d+)/m.exec(stdout)?.[1]);
}
