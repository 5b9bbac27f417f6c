import { editYaml } from "../../files/edit-yaml.ts";
import { type Reading, readDirectory } from "../../files/read-directory.ts";
import { parseDocuments } from "../../files/yaml-document.ts";
import { routeListing } from "../../server/routes/route-files.ts";
import { type Protocol, protocols } from "../../shared/group-service.ts";
import { replaceFiles } from "./replace-file.ts";

/** A weighted service of a route file with two services. */
export interface Split {
  readonly file: string;
  /** The service's name. */
  readonly service: string;
  /** Writes weights that add up to 100; every other byte of the file stays. */
  set(percentOfSecond: number): Promise<void>;
}

/** Finds the one weighted service with those two children. Throws an Error with the lines to write if there is none. */
export async function findSplit(directory: string, first: string, second: string): Promise<Split> {
  const found = splitsIn(await readDirectory(directory, routeListing)).filter(
    ({ names }) => names.includes(first) && names.includes(second),
  );
  const [split, other] = found;
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
  const { file, section, service, names } = split;
  const path = [section, "services", service, "weighted", "services"];
  if (names.length > 2) throw new Error(`${file}: ${service} has more than two services; edit its weights by hand`);
  return {
    file,
    service,
    async set(percent) {
      const before = (await readDirectory(directory, routeListing)).files.get(file);
      if (!before) throw new Error(`${file} can no longer be read`);
      const weights = names.map((name) => (name === second ? percent : 100 - percent));
      const text = weights.reduce(
        (edited, weight, index) => editYaml(edited, 0, [...path, index, "weight"], weight),
        new TextDecoder("utf-8", { ignoreBOM: true }).decode(before),
      );
      await replaceFiles([{ file, before, after: new TextEncoder().encode(text) }]);
    },
  };
}

interface Found {
  readonly file: string;
  readonly section: Protocol;
  readonly service: string;
  readonly names: readonly string[];
}

function splitsIn({ files }: Reading): Found[] {
  return [...files].flatMap(([file, bytes]) => {
    const [document] = parseDocuments(file, bytes).documents;
    return protocols.flatMap((section) => {
      const services = at(at(document?.value, section), "services");
      return Object.entries(services ?? {}).flatMap(([name, service]): Found[] => {
        const children = at(at(service, "weighted"), "services");
        if (!Array.isArray(children)) return [];
        const names = children.map((child: unknown) => String(at(child, "name")));
        return [{ file, section, service: name, names }];
      });
    });
  });
}

function at(value: unknown, key: string): object | undefined {
  const inner = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return inner as object | undefined;
}
