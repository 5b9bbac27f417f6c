import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { Traefik } from "../traefik/traefik.ts";
import { until } from "../until.ts";
import { group, type Row, underEach } from "./gapless-load.ts";
import { realParts } from "./parts.ts";
import { openSite, type Said, type Site } from "./site.ts";
import { type StageOptions, traefikHas } from "./stage.ts";
import { type RealTerraform, realTerraform } from "./terraform-parts.ts";

/** A group of replicas on real LXD, deployed by terraform, served by the built server to Traefik, and asked all the time. */
export interface Rig extends Omit<Site, "declare"> {
  readonly one: Traefik;
  /** Starts another one under a name, of another version too, and resolves once it routes to all replicas. */
  another(name: string, binary?: string): Promise<Traefik>;
  /** Writes the group's file: what is given, and the rest as it was; of a rollout only the image that it ended with. */
  declare(settings: Partial<Settings>): void;
  /** Resolves once Traefik routes to that many replicas. */
  has(replicas: number): Promise<void>;
  /** Resolves once Traefik has the group's router and load balancer with the keys that were declared last. */
  balances(): Promise<void>;
  /** Runs a verb with the words, and throws what it said where it fails. */
  verb(...words: string[]): Promise<Said>;
  /** Runs terraform likewise. */
  planned(...words: string[]): Promise<Said>;
  /** What the load sees while something is done, until a second after it. */
  under(name: string, act: () => Promise<unknown>): Promise<Row>;
}

export interface Settings {
  readonly replicas: number;
  readonly image: string;
  /** `{ http: "/health" }`; an address alone if it is left out. */
  readonly ready: object | string | undefined;
  readonly rollout: object | undefined;
  /** Config keys of the instances. */
  readonly config: Readonly<Record<string, string>>;
  /** What its router and its load balancer have besides: Traefik's own keys. */
  readonly router: object;
  readonly loadBalancer: object;
}

/** The images, of the two versions. */
export const images = ["web", "web-v2"] as const;
/** Serves on for longer than Traefik's interval when it is stopped, and finishes what takes three seconds. */
export const graceful = { "environment.GRACE": "5", "environment.FINISH": "5" };

/**
 * A request that fails is tried once more (`status` is known since Traefik 3.7), and nothing but a time limit ends what hangs on a dead
 * address. A lost SYN is sent again after one second and after three, so one that dials for less fails where a live replica is busy. `passive`
 * takes a replica that failed one request out for a while: else the second try may come to the same one.
 */
export const repeated = {
  router: { middlewares: ["again"] },
  loadBalancer: { serversTransport: "impatient" },
  passive: { passiveHealthCheck: { maxFailedAttempts: 1, failureWindow: "5s" } },
};
const routes = {
  http: {
    middlewares: { again: { retry: { attempts: 2, status: ["502-504"] } } },
    serversTransports: { impatient: { forwardingTimeouts: { dialTimeout: "3500ms", responseHeaderTimeout: "8s" } } },
  },
};

const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];

export interface Parts extends StageOptions {
  readonly terraform: RealTerraform;
  /** Why there can be no rig. */
  readonly missing: string | undefined;
}

/** What a rig needs; to be called while a test file is being read. */
export async function gaplessParts(): Promise<Parts> {
  const { socket, binary, missing } = await realParts();
  const terraform = await realTerraform();
  return { socket, binary, terraform, project: "rollcall-gapless", missing: missing ?? terraform.missing };
}

export async function openRig({ terraform, ...options }: Parts, first: Settings): Promise<Rig> {
  const site = await openSite(options, terraform);
  const file = join(site.path, `groups/${group}.yaml`);
  let settings = first;
  const declare = (change: Partial<Settings>) => {
    settings = { ...settings, image: imageOf(file) ?? settings.image, ...change };
    const { replicas, image, ready, rollout, config, router, loadBalancer } = settings;
    const text = stringify({
      name: group,
      project: options.project,
      replicas,
      instance: { image, config },
      ...(rollout === undefined ? {} : { rollout }),
      service: { port: 3000, ...(ready === undefined ? {} : { ready }), loadBalancer },
      router: { rule: `Host(\`${group}.localhost\`)`, ...router },
    });
    writeFileSync(file, text);
    // Traefik before 3.7 takes no document with it.
    if ("middlewares" in router) writeFileSync(join(site.path, "routes/again.yaml"), stringify(routes));
  };
  mkdirSync(join(site.path, "routes"), { recursive: true });
  declare(first);
  const one = await site.traefik(quick, "?name=one");
  const written = parse(readFileSync(site.config, "utf8"));
  // What it runs is asked of it: on a busy machine it may run a document seconds after it was given.
  written.traefik = { api: { url: one.apiUrl, name: "one" } };
  written.sources[0].labels = { allow: { [options.project]: { hosts: ["*.other.localhost"] } } };
  writeFileSync(site.config, stringify(written));
  const serving = site.start(["serve"]);
  await serving.says(/listening/);

  function fine(said: Said, words: readonly string[]): Said {
    if (said.code !== 0) throw new Error(`${words.join(" ")}: ${said.code}\n${said.stdout}${said.stderr}`);
    return said;
  }
  const rig: Rig = {
    ...site,
    one,
    declare,
    has: async (replicas) => void (await traefikHas(one, replicas, 60_000, group)),
    async balances() {
      const { router, loadBalancer } = settings;
      await until(`Traefik has ${Object.keys({ ...router, ...loadBalancer })}`, async () => {
        const service = await one.api<{ loadBalancer: object }>(`/api/http/services/${group}@http`);
        const has = { ...(await one.api<object>(`/api/http/routers/${group}@http`)), ...service.loadBalancer };
        return Object.keys({ ...router, ...loadBalancer }).every((key) => key in has);
      });
    },
    verb: async (...words) => fine(await site.rollcall(...words), words),
    planned: async (...words) => fine(await site.terraform(...words), words),
    async another(name, binary) {
      const traefik = await site.traefik(quick, `?name=${name}`, binary);
      await traefikHas(traefik, settings.replicas, 60_000, group);
      return traefik;
    },
    under: async (name, act) => (await underEach([{ name, traefik: one }], act))[0] as Row,
    async close() {
      serving.signal("SIGTERM");
      await serving.ended;
      await site.close();
    },
  };
  try {
    await rig.verb("deploy", "--yes");
    await rig.has(first.replicas);
  } catch (error) {
    await rig.close();
    throw error;
  }
  return rig;
}

/** A rollout changes it behind the settings' back. */
function imageOf(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  return (parse(readFileSync(file, "utf8")) as { instance: { image: string } }).instance.image;
}
