import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { createDriver } from "../../embedded-daemon/driver.ts";
import { tags, weightKey } from "../../shared/tags.ts";
import { makeCertificates } from "../support/network/certificates.ts";
import { createVisitor } from "../support/network/visitor.ts";
import { openPlaces, outputOf, type Places, type Way, wayFlags, ways } from "../support/real/ways.ts";
import { findTraefik, startTraefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";
import { forkScript, pause } from "./children.ts";
import { median, percentile, type Result } from "./report.ts";
import { startServer } from "./server.ts";

/** One way from a rollcall to a Traefik, with a fleet of its own, so that a change concerns no other. */
interface Lane {
  readonly name: string;
  /** Gives a replica another weight; the milliseconds until Traefik's answers show it. */
  change(): Promise<number>;
  end(): Promise<void>;
}

interface Stage {
  readonly places: Places;
  readonly socket: string;
  /** The directory for the directories of group files. */
  readonly groups: string;
  readonly binary: string;
  /** The directory of a route file with Traefik's default certificate. */
  readonly routes: string;
}

const titles: Readonly<Record<Way, string>> = {
  http: "HTTP, held",
  file: "file",
  etcd: "etcd",
  redis: "Redis",
  follow: "a follower",
};
/** What is promised of a way: so many times the best. */
const targets: Partial<Record<string, number>> = { [titles.http]: 1.2, [titles.follow]: 1.2 };

/**
 * From a changed instance to the first answers through a real Traefik that show it, for each way to a Traefik, in turn. Traefik is set as
 * docs/operations/traefik.md says; with its default throttle of 2 s each second change in quick succession would measure that.
 */
export async function changesByWay(rounds: number, tell: (...results: Result[]) => void): Promise<void> {
  const found = await findTraefik();
  if ("reason" in found) throw new Error(`the bench ways needs a Traefik: ${found.reason}`);
  const directory = mkdtempSync(join(tmpdir(), "rollcall-bench-ways-"));
  const ends: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true })];
  const ending = <T extends object>(one: T, end: (one: T) => unknown): T => {
    ends.push(() => end(one));
    return one;
  };
  try {
    const daemon = ending(forkScript("daemon.ts", "serve"), (one) => one.end());
    const { socket } = await daemon.receive<{ socket: string }>();
    const places = ending(await openPlaces(), (one) => one.close());
    const stage = {
      places,
      socket,
      groups: directory,
      binary: found.binary,
      routes: await certificateRoutes(directory),
    };
    const lanes: Lane[] = [];
    const add = async (...lane: Parameters<typeof openLane>) =>
      lanes.push(ending(await openLane(...lane), (one) => one.end()));
    for (const way of ways) await add(stage, way, titles[way]);
    await add({ ...stage, routes: join(directory, "none") }, "http", "HTTP, held, without a default certificate");
    await add(stage, "http", "HTTP, polled each second", "?hold=off");
    // Real visitors are on other machines: this one, which asks all the time, has to leave the processor to what it measures.
    setPriority(15);
    const times = new Map<string, number[]>(lanes.map(({ name }) => [name, []]));
    // After an answer Traefik polls a second later: what changes meanwhile waits for that.
    const ended = new Map<string, number>();
    for (let round = 0; round < rounds; round++)
      for (const { name, change } of shuffled(lanes)) {
        const quiet = (ended.get(name) ?? 0) + 1500 - performance.now();
        await pause(Math.max(300, quiet) + Math.random() * 300);
        times.get(name)?.push(await change());
        ended.set(name, performance.now());
      }
    tell(...resultsOf(times));
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** A Traefik without a default certificate makes a key for one with each document that it applies, which takes longer than all the rest. */
async function certificateRoutes(directory: string): Promise<string> {
  const { own } = await makeCertificates({ own: { subject: "/CN=web.localhost" } });
  const routes = join(directory, "routes");
  mkdirSync(routes);
  const defaultCertificate = { certFile: own.cert, keyFile: own.key };
  writeFileSync(join(routes, "tls.yaml"), JSON.stringify({ tls: { stores: { default: { defaultCertificate } } } }));
  return routes;
}

/** So that none always comes after the same other one. */
function shuffled<T>(all: readonly T[]): T[] {
  const drawn = all.map((one) => ({ one, at: Math.random() }));
  return drawn.sort((a, b) => a.at - b.at).map(({ one }) => one);
}

function resultsOf(times: ReadonlyMap<string, readonly number[]>): Result[] {
  const best = Math.min(...[...times.values()].map(median));
  return [...times].flatMap(([name, all]) => {
    const most = targets[name];
    const note = `p90 ${percentile(all, 0.9).toFixed()} ms, max ${Math.max(...all).toFixed()} ms, of ${all.length}`;
    return [
      { name: `change to live by ${name}: median`, value: median(all), unit: "ms", note },
      { name: "ratio to the best", value: median(all) / best, unit: "", ...(most && { target: { most } }) },
    ];
  });
}

async function openLane(stage: Stage, way: Way, name: string, query = ""): Promise<Lane> {
  const { places, socket, binary, routes } = stage;
  const project = name.toLowerCase().replaceAll(/[^a-z]+/g, "-");
  const groups = join(stage.groups, project);
  mkdirSync(groups);
  const router = 'router: { rule: "Host(`web.localhost`)" }';
  writeFileSync(
    join(groups, "web.yaml"),
    `name: web\nproject: ${project}\nreplicas: 2\nservice: { port: 3000 }\n${router}\n`,
  );
  const driver = createDriver(socket, { project });
  await driver.createProject(project);
  for (const replica of ["web-0", "web-1"]) await driver.launch(replica, { config: { [tags.group]: "web" } });
  const output = outputOf(way, places);
  const outputs = output ? [output] : [];
  const settings = `routes: ${routes}\noutputs: ${JSON.stringify(outputs)}`;
  const server = await startServer({ socket, groups, settings, source: `projects: [${project}]` });
  const follow = `follow: ["${server.endpoint.replace("/traefik", "")}"]`;
  const follower =
    way === "follow" ? await startServer({ socket, groups, settings: follow, verb: "follow" }) : undefined;
  const endpoint = output ? "http://127.0.0.1:1/" : `${(follower ?? server).endpoint}${query}`;
  const flags = [...wayFlags(way, places), "--providers.providersThrottleDuration=100ms"];
  const traefik = await startTraefik({ binary, endpoint, flags });
  const visitor = createVisitor(traefik.web);
  /** Two servers answer in turn. */
  const shows = async (isIn: boolean) => {
    const answers = [await visitor.visit(), await visitor.visit()];
    return isIn ? answers.includes("web-1") : answers.every((name) => name === "web-0");
  };
  let isIn = true;
  await until(`${name} is live`, async () => (await visitor.visit()) === "web-1");
  return {
    name,
    async change() {
      isIn = !isIn;
      const began = performance.now();
      await driver.setConfig("web-1", { [weightKey]: isIn ? "1" : "0" });
      while (!(await shows(isIn))) await pause(2);
      return performance.now() - began;
    },
    async end() {
      await visitor.close();
      await follower?.end();
      await server.end();
      await traefik.stop();
      await driver.close();
    },
  };
}
