import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { Traefik } from "../traefik/traefik.ts";
import { group, type Row, underEach } from "./gapless-load.ts";
import { openSite, type Said, type Site } from "./site.ts";
import { type StageOptions, traefikHas } from "./stage.ts";
import type { RealTerraform } from "./terraform-parts.ts";

/** A group of replicas on real LXD, deployed by terraform, served by the built server to Traefik, and asked all the time. */
export interface Rig extends Omit<Site, "declare"> {
  readonly one: Traefik;
  /** Starts another one under a name, of another version too, and resolves once it routes to all replicas. */
  another(name: string, binary?: string, query?: string): Promise<Traefik>;
  /** Writes the group's file: what is given, and the rest as it was; of a rollout only the image that it ended with. */
  declare(settings: Partial<Settings>): void;
  /** Writes the middleware of `repeated`, which Traefik knows since 3.7: how often a request is tried. */
  attempts(count: number): void;
  /** Resolves once Traefik routes to that many replicas. */
  has(replicas: number): Promise<void>;
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

/** Serves on for longer than Traefik's interval when it is stopped, and finishes what takes three seconds. */
export const graceful = { "environment.GRACE": "5", "environment.FINISH": "5" };
/** Its port opens three seconds after its address, and its /health is 200 two seconds later. */
export const lateStart = { "environment.PORT_AFTER": "3", "environment.HEALTH_AFTER": "5" };

/**
 * An answer that does not come is asked for again. Traefik keeps such a request on the balancer that it came by, where the dead
 * replica still has its turn, so two attempts are too few; and nothing but a time limit ends what hangs on a dead address.
 */
export const repeated = {
  router: { middlewares: ["again"] },
  loadBalancer: { serversTransport: "impatient" },
  routes: (attempts: number) => ({
    http: {
      middlewares: { again: { retry: { attempts, status: ["502-504"] } } },
      serversTransports: { impatient: { forwardingTimeouts: { dialTimeout: "300ms", responseHeaderTimeout: "4s" } } },
    },
  }),
};

const quick = ["--providers.http.pollInterval=1s", "--providers.providersThrottleDuration=100ms"];

export async function openRig(options: StageOptions, terraform: RealTerraform, first: Settings): Promise<Rig> {
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
  };
  const attempts = (count: number) =>
    writeFileSync(join(site.path, "routes/again.yaml"), stringify(repeated.routes(count)));
  mkdirSync(join(site.path, "routes"), { recursive: true });
  declare(first);
  const one = await site.traefik(quick, "?name=one");
  // What it runs is asked of it: on a busy machine it may run a document seconds after it was given.
  const api = { traefik: { api: { url: one.apiUrl, name: "one" } } };
  writeFileSync(site.config, readFileSync(site.config, "utf8") + stringify(api));
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
    attempts,
    has: async (replicas) => void (await traefikHas(one, replicas, 60_000, group)),
    verb: async (...words) => fine(await site.rollcall(...words), words),
    planned: async (...words) => fine(await site.terraform(...words), words),
    async another(name, binary, query = "") {
      const traefik = await site.traefik(quick, `?name=${name}${query}`, binary);
      await traefikHas(traefik, settings.replicas, 60_000, group);
      return traefik;
    },
    under: async (name, act) => (await underEach({ [name]: one }, act))[0] as Row,
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
