import type { Listing, SourceState } from "../roll-call/observed.ts";
import { type AddressOptions, namesUnlisted } from "./address.ts";
import { deadlines, type LxdClient } from "./client.ts";
import type { Guard } from "./guard.ts";
import { type Holders, settleAddresses } from "./holders.ts";
import { aliasesOf, readImages } from "./inventory.ts";
import { readListing, type Seen } from "./listing.ts";
import { LxdError } from "./lxd-error.ts";
import type { Operations } from "./operations.ts";
import { type Networks, networksOf } from "./subnets.ts";
import { createUnderway } from "./underway.ts";
import { wireInstances, wireNetworks, wireProject, wireServer } from "./wire.ts";

/** Looks at one source, and remembers between looks. */
export interface Looker {
  /**
   * Reads every project once. A project that can't be read keeps its previous listing, with the problem. Never rejects. `early` is told
   * who is leaving before the instances are listed: LXD lists none before a forced stop is over (seen on 5.0.2).
   */
  look(client: LxdClient, early?: (state: SourceState) => void): Promise<SourceState>;
  /** Makes the next look read again what rarely changes: who the server is, its version, the networks' subnets and the images' aliases. */
  forget(): void;
  /** Makes the next look believe what it reads: another daemon, and what a listing has lost. */
  accept(): void;
  /** Why it can't be read what goes on, in which case a stop is only seen when it is over. */
  operationsProblem(): string | undefined;
  /** LXD's version, once it is known. */
  version(): string | undefined;
}

const networksFor = 60_000;
const imagesFor = 60_000;

export function createLooker(projects: readonly string[], address: AddressOptions, guard: Guard): Looker {
  const seen = new Map<string, Seen>();
  let last: SourceState = new Map();
  const underway = createUnderway();
  const networksRead = new Map<string, { networks: Networks; at: number }>();
  const images = new Map<string, { images: ReadonlyMap<string, string> | undefined; at: number }>();
  let server: { version: string; deadline: number; knowsReady: boolean } | undefined;
  let identity: Identity | undefined;
  let holders: Holders = new Map();

  /** Throws if it is another server than before: the instances of the one before are not gone. */
  async function readServer(client: LxdClient) {
    // No member of a cluster is waited for here.
    client.deadline = deadlines.standalone;
    const { auth, environment, api_extensions: extensions } = await client.get("/1.0", wireServer);
    if (auth !== "trusted") throw new LxdError("/1.0", "LXD does not trust this client");
    const { server_name: name, certificate_fingerprint: certificate } = environment;
    const now: Identity = { name: name ?? "", certificate: certificate ?? "" };
    if (identity && isAnother(now, identity))
      throw new LxdError(
        "/1.0",
        `another daemon answers: ${spelled(now)}, and before it was ${spelled(identity)}. ${cure}`,
      );
    identity = now;
    const deadline = environment.server_clustered ? deadlines.clustered : deadlines.standalone;
    const knowsReady = extensions?.includes("instance_ready_state") ?? false;
    return { version: `${environment.server} ${environment.server_version}`, deadline, knowsReady };
  }

  async function readNetworks(client: LxdClient, project: string): Promise<Networks> {
    const known = networksRead.get(project);
    if (known && performance.now() - known.at < networksFor) return known.networks;
    const path = `/1.0/networks?recursion=1&project=${encodeURIComponent(project)}`;
    const read = networksOf(await client.get(path, wireNetworks));
    networksRead.set(project, { networks: read, at: performance.now() });
    return read;
  }

  /** Which images the aliases lead to is only shown: a client that may not ask does without. */
  async function readAliases(client: LxdClient, project: string): Promise<ReadonlyMap<string, string> | undefined> {
    const known = images.get(project);
    if (known && performance.now() - known.at < imagesFor) return known.images;
    const read = await readImages(client, project).then(aliasesOf, () => known?.images);
    images.set(project, { images: read, at: performance.now() });
    return read;
  }

  async function readProject(client: LxdClient, project: string, early: (listing: Listing) => void): Promise<Listing> {
    server ??= await readServer(client);
    const { deadline, knowsReady } = server;
    client.deadline = deadline;
    const start = performance.now();
    const goesOn = await underway.read(client, project);
    const before = seen.get(project);
    const told = last.get(project);
    const leaving = withLeaving(told?.instances, goesOn);
    if (before && told && leaving) {
      seen.set(project, { ...before, instances: withLeaving(before.instances, goesOn) ?? before.instances });
      early({ ...told, instances: leaving });
    }
    const query = encodeURIComponent(project);
    // A server that does not know `fields` ignores it. It answers `recursion=2;fields=` with a list of names.
    const path = `/1.0/instances?recursion=2&fields=state.network&project=${query}`;
    const wire = await client.get(path, wireInstances);
    // LXD 5.0 answers [] for a project that does not exist.
    if (wire.length === 0) await client.get(`/1.0/projects/${query}`, wireProject);
    const lost = guard.lostFrom(project, new Set(wire.map(({ name }) => name)), start);
    if (lost.names.length > 0) server = await readServer(client);
    const isFrozen = wire.some(({ status_code }) => status_code === 109 || status_code === 110);
    // A snapshot may have begun after the first question.
    const later = isFrozen ? await underway.read(client, project, goesOn) : goesOn;
    const operations = { ...goesOn, freezes: (name: string) => goesOn.freezes(name) || later.freezes(name) };
    const networks = await readNetworks(client, project);
    const nics = wire.flatMap(({ expanded_devices }) => Object.values(expanded_devices ?? {}));
    if (nics.some((device) => namesUnlisted(device, networks))) networksRead.delete(project);
    const options = { ...address, networks, before, operations, lost, knowsReady };
    const now = readListing(wire, { ...options, now: performance.now() });
    seen.set(project, now);
    return { instances: now.instances, images: await readAliases(client, project), problem: undefined };
  }

  return {
    async look(client, early = () => {}) {
      const state = new Map(last);
      for (const project of projects) {
        const first = (listing: Listing) => early(new Map(state).set(project, listing));
        const listing = await readProject(client, project, first).catch((error: unknown) => ({
          instances: seen.get(project)?.instances,
          problem: error instanceof Error ? error.message : String(error),
        }));
        state.set(project, listing);
      }
      const settled = settleAddresses(state, holders, performance.now());
      ({ holders } = settled);
      last = settled.state;
      return last;
    },
    forget() {
      server = undefined;
      networksRead.clear();
      images.clear();
      underway.forget();
    },
    accept() {
      identity = undefined;
      guard.accept();
    },
    operationsProblem: underway.problem,
    version: () => server?.version,
  };
}

type Instances = NonNullable<Listing["instances"]>;

/** What was listed, with what is leaving by now. Undefined if nothing is that wasn't before. */
function withLeaving(listed: Instances = new Map(), operations: Operations): Instances | undefined {
  const changed = [...listed.values()].flatMap((one) => {
    const leaving = one.leaving === undefined ? operations.leaving(one) : undefined;
    return leaving === undefined ? [] : [[one.name, { ...one, leaving }] as const];
  });
  return changed.length > 0 ? new Map([...listed, ...changed]) : undefined;
}

/** Which daemon it is. Empty where it does not say. */
interface Identity {
  readonly name: string;
  readonly certificate: string;
}

const cure = "Nothing of it is taken; if that is right, run rollcall accept";

/** A machine may be renamed or given a new certificate, but hardly both at once. */
function isAnother(now: Identity, before: Identity): boolean {
  return now.name !== before.name && now.certificate !== before.certificate;
}

function spelled({ name, certificate }: Identity): string {
  return `${name || "unnamed"} with certificate ${certificate.slice(0, 12) || "unknown"}`;
}
