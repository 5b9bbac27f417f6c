import { createHash } from "node:crypto";
import { relative } from "node:path";
import { byCodePoint } from "../../files/by-code-point.ts";
import { sorted } from "../../files/sorted.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import type { Instance, Observed } from "../roll-call/observed.ts";
import type { Routes } from "../routes/parse-routes.ts";

/** What a document is made of, besides what servers share. */
export interface PeerInputs {
  readonly declared: { readonly groups: readonly DeclaredGroup[] };
  readonly routes: Pick<Routes, "files">;
  readonly listings: Observed;
}

/** A digest of each input, by what it is called: `group web`, `route file shop.yaml`, `instances of local/default`, `setting gate`. */
export type InputDigests = ReadonlyMap<string, string>;

/** What a group is called among the inputs. */
export const groupInput = (name: string) => `group ${name}`;

/** Digests the inputs of a server with those settings. An input that is the same object as before is not digested again. */
export function createInputDigests(settings: Readonly<Record<string, unknown>>, routesDirectory: string) {
  const known = new WeakMap<object, string>();
  const once = <T extends object>(value: T, make: (value: T) => unknown): string => {
    const found = known.get(value) ?? digest(make(value));
    known.set(value, found);
    return found;
  };
  const ofSettings = Object.entries(settings).map(
    ([name, value]) => [`setting ${name}`, digest(sorted(value))] as const,
  );
  const ofListing = (instances: ReadonlyMap<string, Instance>) =>
    [...instances.values()].sort((a, b) => byCodePoint(a.name, b.name)).map(partsOf);
  return ({ declared, routes, listings }: PeerInputs): InputDigests =>
    new Map([
      ...ofSettings,
      ...declared.groups.map((group) => [groupInput(group.name), once(group, sorted)] as const),
      ...[...routes.files].map(([file, candidates]) => {
        const values = () => candidates.map(({ id, value }) => [id, sorted(value)]);
        return [`route file ${relative(routesDirectory, file)}`, once(candidates, values)] as const;
      }),
      ...[...listings].flatMap(([source, projects]) =>
        [...projects].flatMap(([project, { instances }]) =>
          instances ? [[`instances of ${source}/${project}`, once(instances, ofListing)] as const] : [],
        ),
      ),
    ]);
}

/** What decides of an instance how it is served. */
function partsOf({ name, state, keys, nics, leaving, uuid, saysReady }: Instance) {
  return [
    name,
    state,
    keys,
    nics.map((nic) => [nic.name, nic.addresses.map(({ address }) => address)]),
    leaving,
    uuid,
    saysReady,
  ];
}

function digest(value: unknown): string {
  const json = JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? String(one) : one));
  return createHash("sha256").update(json).digest("hex").slice(0, 16);
}

/** The names of inputs that two servers don't have equally, in code point order. */
export function differences(own: InputDigests, theirs: InputDigests): string[] {
  const names = new Set([...own.keys(), ...theirs.keys()]);
  return [...names].filter((name) => own.get(name) !== theirs.get(name)).sort();
}
