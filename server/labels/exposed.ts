import { tags } from "../../shared/tags.ts";
import { goFlag } from "../../traefik/decode/go-scalars.ts";
import { newestTraefik } from "../../traefik/model/version.ts";
import { parseRule } from "../../traefik/rule/parse.ts";
import { readRegexp } from "../../traefik/rule/re2.ts";
import type { Rule } from "../../traefik/rule/rule.ts";
import { isSwitch, isTraefik, type Label, providers } from "./labels-of.ts";

export interface ExposedOptions {
  /** Whether an instance without `traefik.enable` takes part. */
  readonly exposedByDefault: boolean;
  /** The labels that an instance must have; undefined if it needs none. */
  readonly constraints: Rule | undefined;
}

type Labels = ReadonlyMap<string, Label>;

/**
 * Whether an instance declares itself, by the rules of Traefik's Docker provider: `traefik.enable`, else `exposedByDefault`, and the
 * constraints. A replica of a group takes part only if it says so itself. An instance whose `traefik.enable` is not a boolean, or is
 * written as `Traefik.Enable`, counts as exposed, so that the mistake is reported.
 */
export function isExposed(labels: Labels, { exposedByDefault, constraints }: ExposedOptions): boolean {
  const enable = labelNamed(labels, "traefik.enable");
  const byDefault = exposedByDefault && !labels.has(tags.group.slice("user.".length));
  if (!(enable === undefined ? byDefault : goFlag(enable.value) !== false)) return false;
  return constraints === undefined || holds(constraints, labels);
}

/** What is wrong with the switches of an instance. */
export function switchProblem(labels: Labels): string | undefined {
  for (const [name, { value, key }] of labels) {
    if (!isTraefik(name)) continue;
    if (!name.startsWith("traefik.")) return `${key}: traefik is written in lower case`;
    const isFlag = isSwitch(name.toLowerCase()) && !name.toLowerCase().endsWith(".network");
    if (isFlag && goFlag(value) === undefined) return `${key}: is true or false`;
  }
  return undefined;
}

/** The label of that name, in any case. */
function labelNamed(labels: Labels, name: string): Label | undefined {
  return labels.get(name) ?? [...labels.values()].find((one) => one.name.toLowerCase() === name);
}

/** Whether the services of an instance stay while it does not run: without servers Traefik answers 503 instead of 404. */
export function allowsNonRunning(labels: Labels): boolean {
  return providers.some((one) => goFlag(labelNamed(labels, `traefik.${one}.allownonrunning`)?.value ?? "") === true);
}

/** The NIC that the instance asks to be reached by, if any. */
export function askedNic(labels: Labels): string | undefined {
  return providers
    .map((one) => labelNamed(labels, `traefik.${one}.network`)?.value)
    .find((value) => value !== undefined);
}

/** Reads the Docker provider's constraints: `Label` and `LabelRegex` with `&&`, `||`, `!` and parentheses. */
export function parseConstraints(written: string) {
  return parseRule(written, { kind: "labels", traefik: newestTraefik });
}

/** A missing label counts as empty. */
function holds(rule: Rule, labels: Labels): boolean {
  if (rule.is !== "call")
    return rule.is === "all"
      ? rule.rules.every((one) => holds(one, labels))
      : rule.rules.some((one) => holds(one, labels));
  const [name = "", wanted = ""] = rule.values;
  const value = labels.get(name)?.value ?? "";
  const reading = rule.matcher === "LabelRegex" ? readRegexp(wanted, newestTraefik) : undefined;
  return (reading?.ok ? reading.test(value) : value === wanted) !== rule.negated;
}
