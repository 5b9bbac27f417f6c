import { guarded } from "../../files/fault.ts";
import { kindOf, nameOf, type ObjectId } from "../../traefik/objects/objects.ts";
import type { Rule } from "../../traefik/rule/rule.ts";
import type { SelfDeclaring } from "../roll-call/labelled-call.ts";
import { type DefaultRule, parseDefaultRule } from "./default-rule.ts";
import { askedNic, type ExposedOptions, isExposed, parseConstraints } from "./exposed.ts";
import { labelsOf } from "./labels-of.ts";
import type { Allow, LabelSettings } from "./settings.ts";

/** A project of a source whose instances declare themselves by labels. */
export interface LabelledProject extends SelfDeclaring, ExposedOptions {
  /** The prefix of its objects' names, so that projects never collide: a label can't contain a name with a dot. */
  readonly prefix: string;
  readonly defaultRule: DefaultRule;
  readonly defaultPort: number | undefined;
  readonly allow: Allow;
}

/**
 * The projects whose labels are read, in the order of the configuration. The objects of project `default` keep the names of their
 * labels; those of another project `shop` are called `shop.web`. If several sources have labels, the source's name comes first.
 */
export function labelledProjects(
  sources: readonly { readonly name: string; readonly labels?: LabelSettings | undefined }[],
): LabelledProject[] {
  const labelled = sources.flatMap(({ name, labels }) => (labels ? [{ name, labels }] : []));
  return labelled.flatMap(({ name, labels }) =>
    Object.entries(labels.allow).map(([project, allow]) => {
      const exposed = {
        exposedByDefault: labels.exposedByDefault,
        constraints: labels.constraints === undefined ? undefined : constraintsOf(labels.constraints),
      };
      return {
        source: name,
        project,
        prefix: `${labelled.length > 1 ? `${name}.` : ""}${project === "default" ? "" : `${project}.`}`,
        ...exposed,
        defaultRule: ruleOf(labels.defaultRule),
        defaultPort: labels.defaultPort,
        allow,
        reads: (keys) =>
          guarded(
            () => {
              const { labels, isCut } = labelsOf(keys);
              // An instance whose labels are not all read takes part, so that its problem is reported.
              const options = isCut ? { ...exposed, constraints: undefined } : exposed;
              return isExposed(labels, options) ? { nic: askedNic(labels) } : undefined;
            },
            // It takes part, so that the reader of its labels names the fault.
            () => ({ nic: undefined }),
          ),
      };
    }),
  );
}

/** Whether instances may declare an object of that id: a name that no file declares may be theirs. */
export function mayDeclare(places: readonly LabelledProject[], id: ObjectId): boolean {
  return kindOf(id) !== "tls.options" && places.some(({ prefix }) => nameOf(id).startsWith(prefix));
}

/** Whether another provider's object may be named. A label is checked against its own project's list first. */
export function allowedNames(uses: readonly string[], places: readonly LabelledProject[]): (name: string) => boolean {
  const names = places.flatMap(({ allow }) => [...allow.middlewares, ...allow.serversTransports, ...allow.tlsOptions]);
  const all = new Set([...uses, ...names]);
  return (name) => all.has(name);
}

/** The configuration has already checked that both can be read. */
function constraintsOf(written: string): Rule | undefined {
  const read = parseConstraints(written);
  return read.ok ? read.rule : undefined;
}

function ruleOf(template: string): DefaultRule {
  const parsed = parseDefaultRule(template);
  return parsed.ok ? parsed.rule : () => "";
}
