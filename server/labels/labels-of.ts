import { byCodePoint } from "../../files/by-code-point.ts";

/** One label of an instance. */
export interface Label {
  /** As Traefik's Docker provider has it: `traefik.http.routers.web.rule`. */
  readonly name: string;
  readonly value: string;
  /** The config key that it comes from: `user.traefik.http.routers.web.rule`. */
  readonly key: string;
}

const prefixes = ["user.label.", "user."] as const;

/**
 * The labels of an instance by name, in code point order: its `user.*` config keys without `user.`, or without `user.label.`. A label
 * that is written both ways is one only where both say the same; `problem` names the keys.
 */
export function labelsOf(keys: Readonly<Record<string, string>>): {
  readonly labels: ReadonlyMap<string, Label>;
  readonly problem: string | undefined;
} {
  const labels = new Map<string, Label>();
  let problem: string | undefined;
  for (const key of Object.keys(keys).sort(byCodePoint)) {
    const name = key.slice(prefixes.find((prefix) => key.startsWith(prefix))?.length ?? 0);
    const other = labels.get(name);
    if (other && other.value !== keys[key] && isTraefik(name))
      problem ??= `${other.key} and ${key} are the same label with different values`;
    labels.set(name, { name, value: keys[key] ?? "", key });
  }
  return { labels, problem };
}

/** Whether a label is for Traefik. The Docker provider looks for its parts without regard to case, and then refuses `Traefik.`. */
export function isTraefik(name: string): boolean {
  return name.toLowerCase().startsWith("traefik.");
}
