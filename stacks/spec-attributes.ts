import type { TerraformResource } from "cdktf";
import type { InstanceSpec } from "../shared/instance-spec.ts";
import { literal, literals } from "./literal.ts";

/** What both providers take of the parts of a spec that are seldom written, by the names of their bindings. Nothing is undefined. */
export function specAttributes({ description, ephemeral, target, files }: InstanceSpec) {
  return defined({
    description: description && literal(description),
    ephemeral,
    target: target && literal(target),
    file: files && filesOf(files),
  });
}

function filesOf(files: NonNullable<InstanceSpec["files"]>) {
  return Object.entries(files).map(([path, { content = "", file: _, ...rest }]) => ({
    targetPath: literal(path),
    content: literal(content),
    ...defined(rest),
  }));
}

/** Merges the attributes that have no key of their own into a resource, as text that Terraform takes literally. */
export function override(made: TerraformResource, { overrides = {} }: InstanceSpec): void {
  for (const [attribute, value] of Object.entries(overrides)) made.addOverride(attribute, literally(value));
}

function literally(value: unknown): unknown {
  if (typeof value === "string") return literal(value);
  if (Array.isArray(value)) return value.map(literally);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [literal(key), literally(inner)]));
}

/** The commands of a spec, by their names. What only one provider knows, `check` has refused for the other. */
export function execsOf({ execs }: InstanceSpec) {
  if (!execs) return undefined;
  const all = Object.entries(execs).map(([name, { command, environment, workingDir, ...rest }]) => {
    const texts = { environment: environment && literals(environment), workingDir: workingDir && literal(workingDir) };
    return [name, { command: command.map(literal), ...defined({ ...rest, ...texts }) }] as const;
  });
  return Object.fromEntries(all);
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** An object without the keys whose value is undefined: `exactOptionalPropertyTypes` tells these apart. */
export function defined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Partial<Defined<T>>;
}
