import { createDriver, type Driver, type LaunchOptions } from "../../../embedded-daemon/driver.ts";
import { freePort } from "../../../lab/demo/free-port.ts";
import type { PlatformName } from "../../../shared/platforms.ts";
import { tags } from "../../../shared/tags.ts";
import { ground, type Rollcall, startRollcall } from "../server/rollcall.ts";
import { startTraefik, type Traefik } from "../traefik/traefik.ts";
import { until } from "../until.ts";

/** A project of a daemon, group files, and the servers and Traefiks that a test starts over them. All of it ends together. */
export interface Stage {
  readonly driver: Driver;
  readonly project: string;
  /** Where the group files are, and the state. */
  readonly path: string;
  /** Where its server answers Traefik; every server that is started here, one after another, listens there. */
  readonly endpoint: string;
  declare(name: string, replicas: number, more?: string): void;
  /** Launches replicas, all at once, with their group's tag. */
  launch(names: readonly string[], how?: LaunchOptions): Promise<void>;
  /** Runs shell lines in an instance, one after the other. Throws with the first that fails. */
  inside(name: string, ...lines: string[]): Promise<void>;
  serve(settings?: Record<string, unknown>): Promise<Rollcall>;
  /** Starts the stage's Traefik, or another binary. */
  traefik(flags?: readonly string[], query?: string, other?: string): Promise<Traefik>;
  close(): Promise<void>;
}

export interface StageOptions {
  /** The daemon's; a server may be given another one, that of a proxy. */
  readonly socket: string;
  /** The project; what an earlier run left in it is deleted. */
  readonly project: string;
  /** The Traefik binary. */
  readonly binary: string;
  readonly serverSocket?: string;
  /** @default what its socket's path says */
  readonly platform?: PlatformName;
}

export async function openStage({
  socket,
  project,
  binary,
  serverSocket = socket,
  platform,
}: StageOptions): Promise<Stage> {
  const driver = createDriver(socket, { project });
  await clear(driver, project);
  await driver.createProject(project);
  const at = ground();
  const listen = `127.0.0.1:${await freePort()}`;
  const endpoint = `http://${listen}/traefik`;
  const rollcalls: Rollcall[] = [];
  const traefiks: Traefik[] = [];
  return {
    driver,
    project,
    path: at.path,
    endpoint,
    declare: (name, replicas, more = "") => at.declare(name, replicas, `project: ${project}\n${more}`),
    async launch(names, how = {}) {
      const launched = names.map((name) => {
        const config = { [tags.group]: name.replace(/-\d+$/, ""), ...how.config };
        return driver.launch(name, { ...how, config });
      });
      await Promise.all(launched);
    },
    async inside(name, ...lines) {
      for (const line of lines) {
        const body = { command: ["/bin/sh", "-c", line], "wait-for-websocket": false, interactive: false };
        const answer = await driver.ask("POST", `/instances/${name}/exec?project=${project}`, body);
        const { metadata } = answer as { metadata?: { return: number } };
        if (metadata?.return) throw new Error(`${name}: ${line}: exit code ${metadata.return}`);
      }
    },
    async serve(settings = {}) {
      const server = await startRollcall(at, serverSocket, {
        sources: [{ name: "local", url: `unix://${serverSocket}`, projects: [project], ...(platform && { platform }) }],
        provider: { listen },
        ...settings,
      });
      rollcalls.push(server);
      return server;
    },
    async traefik(flags = [], query = "", other = binary) {
      const traefik = await startTraefik({ binary: other, endpoint: `${endpoint}${query}`, flags });
      traefiks.push(traefik);
      return traefik;
    },
    async close() {
      // A server that stops lets every held poll go, and a Traefik waits for its own.
      await Promise.all(rollcalls.map((server) => server.stop()));
      await Promise.all(traefiks.map((traefik) => traefik.stop()));
      await clear(driver, project);
      await driver.close();
      at.clear();
    },
  };
}

async function clear(driver: Driver, project: string): Promise<void> {
  const projects = (await driver.ask("GET", "/projects")) as string[];
  if (!projects.includes(`/1.0/projects/${project}`)) return;
  const instances = await driver.list();
  await Promise.all(instances.map(({ name }) => driver.remove(name)));
  await driver.removeProject(project);
}

/** Resolves once a server's document has that many servers, with their URLs. */
export function documentHas(server: Rollcall, count: number, service = "web"): Promise<string[]> {
  return until(`the document has ${count} servers of ${service}`, async () => {
    const servers = await server.servers(service);
    return servers?.length === count && servers;
  });
}

/** Resolves once a Traefik routes to that many servers, with their URLs. */
export function traefikHas(traefik: Traefik, count: number, patience = 20_000, service = "web"): Promise<string[]> {
  const asked = async () => {
    const servers = await traefik.servers(service);
    return servers?.length === count && servers;
  };
  return until(`Traefik has ${count} servers of ${service}`, asked, patience);
}
