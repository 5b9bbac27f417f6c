/**
 * What the labels of one instance may come to. Their author is not the operator, and they are read between two answers to Traefik:
 * test/bench/labels.ts measures how long the worst labels within these limits take. Lengths are in UTF-16 code units.
 */
export const limits = {
  /** `user.*` keys, without those of cloud-init. */
  keys: 500,
  /** Of all these keys and their values. */
  characters: 65_536,
  /** Characters of a label for Traefik. */
  label: 256,
  /** Names between the dots of such a label. */
  parts: 20,
  /** Objects that the instance declares. */
  objects: 100,
  /** Times that they name others. */
  references: 1000,
  /** Hosts that its routers answer, each counted once for each router. */
  hosts: 500,
  /** Characters of an object's name. */
  name: 100,
  /** Characters of a rule. */
  rule: 4096,
} as const;

/** What is too much in the keys of an instance; undefined if all of them may be read. Linear. */
export function keysExcess(keys: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(keys);
  if (entries.length > limits.keys)
    return `the instance has ${shown(entries.length)} user.* keys, and labels are read of at most ${shown(limits.keys)}: remove some`;
  const characters = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (characters <= limits.characters) return undefined;
  return `the instance's user.* keys have ${shown(characters)} characters in all, and labels are read of at most ${shown(limits.characters)}: shorten or remove some`;
}

/** What is too long about a label; undefined if it may be read. */
export function labelExcess(label: string): string | undefined {
  if (label.length > limits.label) return `has more than ${limits.label} characters: shorten or remove it`;
  if (label.split(".").length > limits.parts) return `has more than ${limits.parts} names between dots: remove it`;
  return undefined;
}

export function objectsExcess(objects: number): string | undefined {
  if (objects <= limits.objects) return undefined;
  return `the instance declares ${shown(objects)} objects, and at most ${limits.objects} are read: declare the others in a route file, or by another instance`;
}

export function referencesExcess(references: number): string | undefined {
  if (references <= limits.references) return undefined;
  return `the instance's objects name others ${shown(references)} times, and may do so ${shown(limits.references)} times: declare some of them in a route file, or by another instance`;
}

export function hostsExcess(hosts: number): string | undefined {
  if (hosts <= limits.hosts) return undefined;
  return `the instance's routers answer ${shown(hosts)} hosts, and may answer ${limits.hosts}: declare some of them in a route file, or by another instance`;
}

export function ruleExcess(rule: unknown): string | undefined {
  if (typeof rule !== "string" || rule.length <= limits.rule) return undefined;
  return `rule: has ${shown(rule.length)} characters, and may have ${shown(limits.rule)}: write several routers`;
}

function shown(count: number): string {
  return count.toLocaleString("en-US");
}
