import { tags } from "../../shared/tags.ts";

/** What an apply would do to one instance. */
export interface Change {
  readonly name: string;
  /** The source whose stack it is in. Left out of what a plan itself says. */
  readonly on?: string;
  /** Undefined for an instance without a group's tag. */
  readonly group: string | undefined;
  /** `adopt`: an instance that exists as declared is taken into the state, instead of created or replaced. */
  readonly action: "create" | "adopt" | "update" | "replace" | "destroy";
  /** What differs: `image: web -> web-v2`; for a replacement, what forces it. Never a value of config, which may be a secret. */
  readonly why: readonly string[];
  /** Set if the state has it, and the provider did not find it there: a half-made one of Incus, of which the state has no project. */
  readonly vanished?: true;
  /** The config keys that an update changes and that a running instance only reads when it starts. */
  readonly restart?: readonly string[];
  /** Whether an update moves a running instance to another member, for which LXD's provider stops it, or refuses if it may not. */
  readonly moves?: "stopped" | "refused";
}

/** The changes of several stacks, with their sources. */
export function together(
  plans: readonly { readonly stack: { readonly name: string }; readonly changes: readonly Change[] }[],
): Change[] {
  return plans.flatMap(({ stack, changes }) => changes.map((change) => ({ ...change, on: stack.name })));
}

/** Why Terraform replaces an instance whose creation failed, or was interrupted. */
export const halfMade = "left half made by a failed apply";

/** The part of `terraform show -json PLAN` that is read here. */
export interface PlanJson {
  readonly resource_changes?: readonly ResourceChange[];
  /** What the provider found different from the state. Of an instance whose creation was interrupted the state has no config, this has. */
  readonly resource_drift?: readonly Pick<ResourceChange, "address" | "change">[];
}

interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly action_reason?: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Attributes | null;
    readonly after: Attributes | null;
    readonly replace_paths?: readonly (readonly (string | number)[])[];
  };
}

type Attributes = Readonly<Record<string, unknown>>;

/** What a plan changes, in the order of the plan. */
export function changesOf({ resource_changes = [], resource_drift = [] }: PlanJson): Change[] {
  const found = new Map(resource_drift.map(({ address, change }) => [address, change.after]));
  return resource_changes.flatMap((resource) => {
    const { before, after, actions } = resource.change;
    const action = actionOf(actions);
    if (action === undefined) return [];
    const group = groupOf(before) ?? groupOf(after) ?? groupOf(found.get(resource.address) ?? null);
    const change = { name: resource.name, group, action, why: reasons(resource, action) };
    const vanished = found.get(resource.address) === null && action === "create";
    const restart = action === "update" && before?.running === true ? readAtStart(before, after) : [];
    const moves =
      action === "update" && isMoved(before, after) && (after?.allow_restart === true ? "stopped" : "refused");
    return [
      { ...change, ...(vanished && { vanished }), ...(restart.length > 0 && { restart }), ...(moves && { moves }) },
    ];
  });
}

/** Whether a running instance is to be on another member. Where it is, is in the state as its location. */
function isMoved(before: Attributes | null, after: Attributes | null): boolean {
  const [from, to] = [before?.target, after?.target];
  return before?.running === true && typeof to === "string" && to !== from && to !== before.location;
}

/** Keys that LXD's own reference does not update live. */
const atStart =
  /^(cloud-init\.|user\.(user-data|vendor-data|meta-data|network-config)$|security\.(?!protection\.)|raw\.|nvidia\.|limits\.kernel\.|environment\.)/;

function readAtStart(before: Attributes | null, after: Attributes | null): string[] {
  const [old, now] = [configOf(before), configOf(after)];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return keys.filter((key) => atStart.test(key) && old[key] !== now[key]);
}

function reasons({ action_reason, change }: ResourceChange, action: Change["action"]): string[] {
  const { before, after, replace_paths = [] } = change;
  if (action_reason === "replace_because_tainted") return [halfMade];
  if (action_reason === "replace_by_request") return ["as requested"];
  if (!before || !after) return [];
  const forcing = [...new Set(replace_paths.map(([key]) => String(key)))];
  const differing = Object.keys(before).filter((key) => key in after && !same(before[key], after[key]));
  const keys = action === "replace" && forcing.length > 0 ? forcing : differing;
  return keys.map((key) => difference(key, before[key], after[key]));
}

function actionOf(actions: readonly string[]): Change["action"] | undefined {
  const [creates, deletes] = [actions.includes("create"), actions.includes("delete")];
  if (creates && deletes) return "replace";
  if (creates) return "create";
  if (deletes) return "destroy";
  return actions.includes("update") ? "update" : undefined;
}

function groupOf(attributes: Attributes | null): string | undefined {
  return configOf(attributes)[tags.group];
}

function configOf(attributes: Attributes | null): Readonly<Record<string, string | undefined>> {
  return (attributes?.config ?? {}) as Readonly<Record<string, string | undefined>>;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function difference(key: string, before: unknown, after: unknown): string {
  if (typeof before === "object" || typeof after === "object") return key;
  return `${key}: ${String(before)} -> ${String(after)}`;
}
