import { isDeepStrictEqual } from "node:util";
import { editYaml } from "../../files/edit-yaml.ts";
import { valueAt } from "../../files/key-path.ts";
import { type Reading, readDirectory } from "../../files/read-directory.ts";
import { parseDocuments } from "../../files/yaml-document.ts";
import { routeListing } from "../../server/routes/route-files.ts";
import { type Protocol, protocols } from "../../shared/group-service.ts";
import { replaceFiles } from "./replace-file.ts";

/** The weighted service of a route file that shares traffic between two others. */
export interface Split {
  readonly file: string;
  /** The service's name. */
  readonly service: string;
  /** The percentage that the second one had when it was found. */
  readonly percent: number;
  /** Writes weights that add up to 100; every other byte of the file stays. Throws if another program has changed the weights since. */
  set(percentOfSecond: number): Promise<void>;
  /** Puts back what was found: every byte, or the weights alone if another program has changed the rest of the file since. */
  restore(): Promise<void>;
}

/** Finds the one weighted service with those two children. Throws an Error with the lines to write if there is none. */
export async function findSplit(directory: string, first: string, second: string): Promise<Split> {
  const splits = splitsIn((await readDirectory(directory, routeListing)).files).filter(
    ({ names }) => names.includes(first) && names.includes(second),
  );
  const [split, other] = splits;
  if (!split) {
    const lines = `http: { services: { NAME: { weighted: { services: [{ name: ${first}, weight: 100 }, { name: ${second}, weight: 0 }] } } } }`;
    throw new Error(
      `no weighted service in ${directory} has ${first} and ${second}; write one and name it in a router (tcp and udp have their own sections): ${lines}`,
    );
  }
  if (other)
    throw new Error(
      `${split.file} and ${other.file} both split traffic between ${first} and ${second}; edit them by hand`,
    );
  const { file, section, service, names, weights: found } = split;
  const path = [section, "services", service, "weighted", "services"];
  if (names.length > 2) throw new Error(`${file}: ${service} has more than two services; edit its weights by hand`);
  const original = await read(directory, file);
  let last = { bytes: original, weights: found };

  async function write(weights: Weights, bytesOf: (before: Uint8Array) => Uint8Array): Promise<void> {
    const before = await read(directory, file);
    const now = splitsIn(new Map([[file, before]])).find((one) => one.section === section && one.service === service);
    if (!isDeepStrictEqual(now?.weights, last.weights))
      throw new Error(`${file}: another program has changed the weights of ${service}, so they are left as they are`);
    const bytes = bytesOf(before);
    await replaceFiles([{ file, before, after: bytes }]);
    last = { bytes, weights };
  }
  const edited = (weights: Weights) => (before: Uint8Array) => {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(before);
    const after = weights.reduce<string>(
      (so, weight, index) => editYaml(so, 0, [...path, index, "weight"], weight),
      text,
    );
    return new TextEncoder().encode(after);
  };

  return {
    file,
    service,
    percent: percentOf(found, names.indexOf(second)),
    async set(percent) {
      const weights = names.map((name) => (name === second ? percent : 100 - percent));
      await write(weights, edited(weights));
    },
    async restore() {
      await write(found, (before) => (Buffer.compare(before, last.bytes) === 0 ? original : edited(found)(before)));
    },
  };
}

/** Undefined without a `weight`: Traefik takes it as 1. */
type Weights = readonly (number | undefined)[];

function percentOf(weights: Weights, index: number): number {
  const shares = weights.map((weight = 1) => weight);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return total === 0 ? 0 : Math.round((100 * (shares[index] ?? 0)) / total);
}

async function read(directory: string, file: string): Promise<Uint8Array> {
  const bytes = (await readDirectory(directory, routeListing)).files.get(file);
  if (!bytes) throw new Error(`${file} can no longer be read`);
  return bytes;
}

interface Found {
  readonly file: string;
  readonly section: Protocol;
  readonly service: string;
  readonly names: readonly string[];
  readonly weights: Weights;
}

function splitsIn(files: Reading["files"]): Found[] {
  return [...files].flatMap(([file, bytes]) => {
    const [document] = parseDocuments(file, bytes).documents;
    return protocols.flatMap((section) => {
      const services = at(at(document?.value, section), "services");
      return Object.entries(services ?? {}).flatMap(([name, service]): Found[] => {
        const children = at(at(service, "weighted"), "services");
        if (!Array.isArray(children)) return [];
        const names = children.map((child: unknown) => String(at(child, "name")));
        const weights = children.map((child: unknown) => valueAt(child, ["weight"]) as number | undefined);
        return [{ file, section, service: name, names, weights }];
      });
    });
  });
}

function at(value: unknown, key: string): object | undefined {
  const inner = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return inner as object | undefined;
}
