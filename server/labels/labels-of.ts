import { byCodePoint } from "../../files/by-code-point.ts";
import { tags } from "../../shared/tags.ts";
import { keysExcess } from "./limits.ts";

/** One label of an instance. */
export interface Label {
  /** As Traefik's Docker provider has it: `traefik.http.routers.web.rule`. */
  readonly name: string;
  readonly value: string;
  /** The config key that it comes from: `user.traefik.http.routers.web.rule`. */
  readonly key: string;
}

const prefixes = ["user.label.", "user."] as const;

/** The names of the provider in its own switches, `traefik.docker.allownonrunning` and the like. */
export const providers = ["lxd", "incus", "docker"] as const;

const switches = new Set([
  "traefik.enable",
  ...providers.flatMap((one) => [`traefik.${one}.network`, `traefik.${one}.allownonrunning`]),
]);

/** Whether a label of that name, in lower case, says something of the instance rather than of an object. */
export function isSwitch(name: string): boolean {
  return switches.has(name);
}

export interface Labels {
  /** By name, in code point order. */
  readonly labels: ReadonlyMap<string, Label>;
  /** Why none of them counts. */
  readonly problem: string | undefined;
  /** Whether there are too many keys: then `labels` are the switches alone. */
  readonly isCut: boolean;
}

/**
 * The labels of an instance: its `user.*` config keys without `user.`, or without `user.label.`. A label that is written both ways is
 * one only where both say the same; `problem` names the keys.
 */
export function labelsOf(keys: Readonly<Record<string, string>>): Labels {
  const excess = keysExcess(keys);
  const read = excess === undefined ? Object.keys(keys) : Object.keys(keys).filter(isNeeded);
  const labels = new Map<string, Label>();
  let problem = excess;
  for (const key of read.sort(byCodePoint)) {
    const name = nameOf(key);
    const other = labels.get(name);
    if (other && other.value !== keys[key] && isTraefik(name))
      problem ??= `${other.key} and ${key} are the same label with different values`;
    labels.set(name, { name, value: keys[key] ?? "", key });
  }
  return { labels, problem, isCut: excess !== undefined };
}

function nameOf(key: string): string {
  return key.slice(prefixes.find((prefix) => key.startsWith(prefix))?.length ?? 0);
}

/** Whether a key says whether its instance takes part, or how it is reached. */
function isNeeded(key: string): boolean {
  return key === tags.group || isSwitch(nameOf(key).toLowerCase());
}

/** Whether a label is for Traefik. The Docker provider looks for its parts without regard to case, and then refuses `Traefik.`. */
export function isTraefik(name: string): boolean {
  return name.toLowerCase().startsWith("traefik.");
}
