import type { ListingFault } from "../../embedded-daemon/faults.ts";
import { valueAt } from "../../files/key-path.ts";
import type { Row, Siege } from "./siege.ts";

/** A listing of LXD that is cut, of another shape, or false. */

function answered(name: string, fault: ListingFault, more: Partial<Row> = {}): Row {
  return {
    name: `LXD's listing ${name}`,
    async attack(at) {
      at.lxd.faults.nextListing(fault);
      await at.look();
    },
    undo: (at) => at.look(),
    ...more,
  };
}

/** Rows made from the true listing. */
export async function daemonRows(at: Siege): Promise<Row[]> {
  const body = await trueListing(at);
  const cuts: Row[] = [];
  for (let bytes = 0; bytes < body.length; bytes += 50) {
    const half = { rewrite: (text: string) => text.slice(0, bytes) };
    cuts.push(answered(`ends after ${bytes} bytes`, bytes % 100 === 0 ? { cutAt: bytes } : half));
  }
  return [...cuts, ...wrongTypes(body), ...falseAnswers()];
}

async function trueListing(at: Siege): Promise<string> {
  return await new Promise((done) => {
    at.lxd.faults.nextListing({
      rewrite(body) {
        done(body);
        return body;
      },
    });
    void at.look();
  });
}

type Path = readonly (string | number)[];
const others: readonly unknown[] = [null, 7, "x", [], {}, true, -1e308];

/** Every field of the envelope and of the first instance, with values of each other type. */
function wrongTypes(body: string): Row[] {
  const paths = pathsOf(JSON.parse(body) as unknown).filter(([first, index]) => first !== "metadata" || !index);
  return paths.flatMap((path, n) =>
    others.flatMap((other, kind) => {
      // One of the seven for each field, another one for the next.
      if ((n + kind) % others.length !== 0 || typeOf(valueAt(JSON.parse(body), path)) === typeOf(other)) return [];
      const rewrite = (text: string) => JSON.stringify(withAt(JSON.parse(text), path, other));
      return [answered(`has ${JSON.stringify(other)} at ${path.join(".")}`, { rewrite })];
    }),
  );
}

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  const inner = keys.flatMap((key) => pathsOf((value as Record<string | number, unknown>)[key], [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

function withAt(value: unknown, [key, ...rest]: Path, other: unknown): unknown {
  if (key === undefined) return other;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[key] = withAt(copy[key], rest, other);
  return copy;
}

interface Listed {
  name: string;
  state: { network: Record<string, { addresses: { family: string; address: string; scope: string }[] }> };
}
type Listing = Record<string, unknown> & { metadata: Listed[] };

/** Nothing shows that it is false, so those who lose their address leave. */
const fact = { mayRemove: /./ };

function falseAnswers(): Row[] {
  const changed = (change: (listing: Listing) => void): ListingFault => ({
    rewrite(text) {
      const listing = JSON.parse(text) as Listing;
      change(listing);
      return JSON.stringify(listing);
    },
  });
  const each = (change: (instance: Listed) => void) => changed(({ metadata }) => metadata.forEach(change));
  const addressed = (address: string, family = "inet") =>
    each(({ state }) => {
      for (const { addresses } of Object.values(state.network))
        for (const one of addresses) if (one.scope === "global") Object.assign(one, { address, family });
    });
  return [
    answered("is empty", "empty"),
    answered("is an error 500", "error-500"),
    answered("is HTML", "not-json"),
    answered("is of another shape", "wrong-shape"),
    ...[200, 201, 204, 301, 400, 401, 403, 404, 429, 503].map((status) =>
      answered(`is a ${status} of no bytes`, { status, body: "" }),
    ),
    answered(
      "is a list in a list",
      changed((listing) => Object.assign(listing, { metadata: [listing.metadata] })),
    ),
    answered(
      "has every instance twice",
      changed((listing) => listing.metadata.push(...structuredClone(listing.metadata))),
    ),
    answered(
      "lacks every second instance",
      changed((listing) => Object.assign(listing, { metadata: listing.metadata.filter((_, index) => index % 2) })),
    ),
    answered(
      "lacks all instances but one",
      changed((listing) => Object.assign(listing, { metadata: listing.metadata.slice(-1) })),
    ),
    answered(
      "has other instances than before",
      each((one) => Object.assign(one, { name: `x${one.name}` })),
    ),
    answered(
      "has names with a line break",
      each((one) => Object.assign(one, { name: `${one.name}\r\nX: y` })),
    ),
    answered(
      "has names of 5,000 letters",
      each((one) => Object.assign(one, { name: one.name.padEnd(5000, "x") })),
    ),
    answered(
      "has one name for all",
      each((one) => Object.assign(one, { name: "web-0" })),
    ),
    answered(
      "has no network of any",
      each(({ state }) => Object.assign(state, { network: {} })),
    ),
    answered(
      "has no state of any",
      each((one) => Object.assign(one, { state: null })),
    ),
    ...[
      "0.0.0.0",
      "127.0.0.1",
      "255.255.255.255",
      "224.0.0.1",
      "1e3",
      "",
      "::1",
      "fe80::1%eth0",
      "10.0.0.1\r\nHost: x",
    ].map((address) => answered(`has the address ${JSON.stringify(address)} for all`, addressed(address), fact)),
    ...["::", "::1", "ff02::1", "::ffff:127.0.0.1"].map((address) =>
      answered(`has the IPv6 address ${address} for all`, addressed(address, "inet6"), fact),
    ),
  ];
}
