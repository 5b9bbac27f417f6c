import { type buildConnector, Pool } from "undici";
import type { Config, Devices, WireInstanceFull, WireOperation, WireState } from "./shapes.ts";

/** The acting side: what a person does with `lxc`, on the embedded daemon and on a real LXD alike. */
export interface Driver {
  readonly project: string;
  /** Creates an instance from an image alias (`web` if left out) and starts it. */
  launch(name: string, how?: LaunchOptions): Promise<void>;
  create(name: string, how?: LaunchOptions): Promise<void>;
  start(name: string): Promise<void>;
  /** Graceful, and patient without end, unless told otherwise. `timeout` is in seconds. */
  stop(name: string, how?: StopOptions): Promise<void>;
  restart(name: string, how?: StopOptions): Promise<void>;
  freeze(name: string): Promise<void>;
  unfreeze(name: string): Promise<void>;
  snapshot(name: string, snapshot?: string): Promise<void>;
  /** Stops it by force if it runs, and deletes it. */
  remove(name: string): Promise<void>;
  /** Sets keys and leaves the others; an empty value removes its key. */
  setConfig(name: string, config: Config): Promise<void>;
  setDevices(name: string, devices: Devices): Promise<void>;
  /** Every instance of the project, with its state. */
  list(): Promise<WireInstanceFull[]>;
  state(name: string): Promise<WireState>;
  /** The first global IPv4 address of eth0, as soon as there is one. */
  waitForAddress(name: string, patience?: number): Promise<string>;
  createProject(name: string, config?: Config): Promise<void>;
  removeProject(name: string): Promise<void>;
  /** Any request; the metadata of the answer, or LXD's words as an error. Waits for the end of an operation. */
  ask(method: Method, path: string, body?: unknown): Promise<unknown>;
  /** Lets go of the daemon; whatever was still being waited for fails. */
  close(): Promise<void>;
}

export interface LaunchOptions {
  image?: string;
  config?: Config;
  devices?: Devices;
}

export interface StopOptions {
  force?: boolean;
  timeout?: number;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

interface Envelope {
  type: "sync" | "async" | "error";
  error: string;
  error_code: number;
  operation: string;
  metadata: unknown;
}

/** How a driver reaches a daemon's https listener. */
export interface DriverWay {
  readonly origin: string;
  readonly connect: buildConnector.BuildOptions | buildConnector.connector;
}

/** A driver on a daemon, by its unix socket or by https; everything it does is in one project. */
export function createDriver(way: string | DriverWay, options: { project?: string } = {}): Driver {
  const { origin, connect } = typeof way === "string" ? { origin: "http://lxd", connect: { socketPath: way } } : way;
  const pool = new Pool(origin, { connect, connections: 32 });
  const project = options.project ?? "default";
  const query = `project=${encodeURIComponent(project)}`;

  async function request(method: Method, path: string, body?: unknown): Promise<Envelope> {
    const answer = await pool.request({
      method,
      path: `/1.0${path}`,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const envelope = (await answer.body.json()) as Envelope;
    if (envelope.type === "error") throw new Error(envelope.error);
    return envelope;
  }

  async function ask(method: Method, path: string, body?: unknown): Promise<unknown> {
    const answer = await request(method, path, body);
    if (answer.type !== "async") return answer.metadata;
    const { id } = answer.metadata as WireOperation;
    const end = await request("GET", `/operations/${id}/wait?timeout=-1`).catch((error: Error) => {
      // On a busy machine it may have ended five seconds ago and be forgotten. Whether it failed shows in what comes next.
      if (error.message !== "Operation not found") throw error;
    });
    if (end === undefined) return undefined;
    const ended = end.metadata as WireOperation;
    if (ended.status !== "Success") throw new Error(ended.err);
    return ended.metadata;
  }

  async function act(name: string, action: string, how: StopOptions = {}): Promise<void> {
    await ask("PUT", `${at(name)}/state?${query}`, { action, force: false, timeout: -1, ...how });
  }

  const state = async (name: string) => (await ask("GET", `${at(name)}/state?${query}`)) as WireState;

  async function create(name: string, how: LaunchOptions = {}): Promise<void> {
    const { image = "web", config = {}, devices = {} } = how;
    const source = { type: "image", alias: image };
    await ask("POST", `/instances?${query}`, { name, source, config, devices, profiles: ["default"] });
  }

  return {
    project,
    ask,
    create,
    state,
    async launch(name, how) {
      await create(name, how);
      await act(name, "start");
    },
    start: (name) => act(name, "start"),
    stop: (name, how) => act(name, "stop", how),
    restart: (name, how) => act(name, "restart", how),
    freeze: (name) => act(name, "freeze"),
    unfreeze: (name) => act(name, "unfreeze"),
    async snapshot(name, snapshot) {
      await ask("POST", `${at(name)}/snapshots?${query}`, snapshot === undefined ? {} : { name: snapshot });
    },
    async remove(name) {
      if ((await state(name)).status !== "Stopped") await act(name, "stop", { force: true });
      await ask("DELETE", `${at(name)}?${query}`);
    },
    async setConfig(name, config) {
      await ask("PATCH", `${at(name)}?${query}`, { config });
    },
    async setDevices(name, devices) {
      await ask("PATCH", `${at(name)}?${query}`, { devices });
    },
    list: async () => (await ask("GET", `/instances?recursion=2&${query}`)) as WireInstanceFull[],
    async waitForAddress(name, patience = 10_000) {
      const end = performance.now() + patience;
      while (performance.now() < end) {
        const address = addressOf(await state(name));
        if (address !== undefined) return address;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`${name} got no address within ${patience} ms`);
    },
    async createProject(name, config = { "features.images": "false", "features.profiles": "false" }) {
      await ask("POST", "/projects", { name, description: "", config });
    },
    async removeProject(name) {
      await ask("DELETE", `/projects/${encodeURIComponent(name)}`);
    },
    close: () => pool.destroy(),
  };
}

function at(name: string): string {
  return `/instances/${encodeURIComponent(name)}`;
}

function addressOf(state: WireState): string | undefined {
  const addresses = state.network?.eth0?.addresses ?? [];
  return addresses.find((each) => each.family === "inet" && each.scope === "global")?.address;
}
