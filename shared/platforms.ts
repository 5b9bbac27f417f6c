import type { KeyPath } from "../files/key-path.ts";

/** What a source is. */
export type PlatformName = "lxd" | "incus";

/** What the stacks and the verbs need to know of a platform and of its Terraform provider; how its daemon answers is no part of it. */
export interface PlatformFacts {
  /** As people write it. */
  readonly title: string;
  /** The command of its client. */
  readonly client: string;
  /** What the provider calls an instance. */
  readonly resource: string;
  /** The group of those who may use its socket. */
  readonly users: string;
  /** The environment variables that say where its socket is. */
  readonly variables: string;
  /** What a group's file may say and this platform, or its provider, can't do. One line each; `check` reports it at its place. */
  readonly lacks: readonly Lack[];
}

/**
 * To add one: a line with the keys from the group's document on, as in `instance.config`, and what to do about it. `*` in place of a key
 * or an index is each of them.
 */
export interface Lack {
  readonly path: readonly string[];
  /** Which values. @default - each */
  readonly of?: (value: unknown) => boolean;
  /** What to write instead, as a clause: `write security.guestapi`. */
  readonly cure: string;
}

/** Facts: the schemas in stacks/providers; terraform-lxd/lxd 3.0.2, lxc/incus 1.1.1; LXD 5.0.2 and Incus 6.0.4 refuse the other's keys. */
export const platforms: Readonly<Record<PlatformName, PlatformFacts>> = {
  lxd: {
    title: "LXD",
    client: "lxc",
    resource: "lxd_instance",
    users: "lxd",
    variables: "$LXD_SOCKET or $LXD_DIR",
    lacks: [
      { path: ["instance", "execs", "*", "timeout"], cure: "leave it out, or write timeouts.create" },
      { path: ["instance", "files", "*", "directoryMode"], cure: "leave it out; the directories are 0755" },
      { path: ["instance", "config", "security.guestapi"], cure: "its name is security.devlxd there" },
      { path: ["instance", "config", "security.guestapi.images"], cure: "its name is security.devlxd.images there" },
    ],
  },
  incus: {
    title: "Incus",
    client: "incus",
    resource: "incus_instance",
    users: "incus-admin",
    variables: "$INCUS_SOCKET or $INCUS_DIR",
    lacks: [
      { path: ["instance", "config", "placement.group"], cure: "write instance.target" },
      { path: ["instance", "allowRestart"], cure: "a replica whose target changes is made anew there; leave it out" },
      { path: ["instance", "timeouts"], cure: "its provider has fixed limits; leave it out" },
      {
        path: ["instance", "execs", "*", "trigger"],
        of: (trigger) => trigger === "on_start",
        cure: "write once or on_change",
      },
      { path: ["instance", "execs", "*", "enabled"], cure: "leave it out, or the whole command" },
      { path: ["instance", "execs", "*", "failOnError"], cure: "leave it out" },
      { path: ["instance", "execs", "*", "recordOutput"], cure: "leave it out" },
      { path: ["instance", "config", "security.devlxd"], cure: "its name is security.guestapi there" },
      { path: ["instance", "config", "security.devlxd.images"], cure: "its name is security.guestapi.images there" },
    ],
  },
};

/** The platform of a source: what its settings say, else Incus if its url names it, else LXD. */
export function platformOf({ platform, url }: SourcePlatform): PlatformName {
  return platform ?? (url !== undefined && /incus/.test(url) ? "incus" : "lxd");
}

export interface SourcePlatform {
  readonly platform?: PlatformName | undefined;
  readonly url?: string | undefined;
}

/** What in a group's document a platform lacks, with the place of each. `document`: as it is written, which may have other mistakes. */
export function lackingOn(platform: PlatformName, document: unknown): { path: KeyPath; message: string }[] {
  const { title, lacks } = platforms[platform];
  return lacks.flatMap(({ path, of = () => true, cure }) =>
    placesOf(document, path)
      .filter(({ value }) => of(value))
      .map((place) => ({ path: place.path, message: `${title} does not have this: ${cure}` })),
  );
}

interface Found {
  readonly path: KeyPath;
  readonly value: unknown;
}

function placesOf(value: unknown, [key, ...rest]: readonly string[], path: KeyPath = []): Found[] {
  if (key === undefined) return [{ path, value }];
  if (typeof value !== "object" || value === null) return [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([name, inner]) =>
    key === "*" || key === String(name) ? placesOf(inner, rest, [...path, name]) : [],
  );
}
