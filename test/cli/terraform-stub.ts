import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PlanJson } from "../../cli/pipeline/changes.ts";

/** A program in the place of terraform, which plans what it is told and writes down how it was run. */
export interface TerraformStub {
  /** With it, this terraform is the only program that is found. */
  readonly environment: { readonly PATH: string };
  /** The verbs that it was run with, in turn. */
  runs(): string[];
}

/** With `more`, lines of shell for what else it does; `$1` is the verb. */
export function stubTerraform(place: string, plan: PlanJson = {}, more = ""): TerraformStub {
  const [bin, log] = [join(place, "bin"), join(place, "terraform.runs")];
  mkdirSync(bin, { recursive: true });
  const changed = (plan.resource_changes ?? []).length > 0;
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const source = `#!/bin/sh
echo "$1" >> ${quoted(log)}
${more}
if [ "$1" = show ]; then printf %s ${quoted(JSON.stringify(plan))}; fi
if [ "$1" = plan ]; then exit ${changed ? 2 : 0}; fi
`;
  writeFileSync(join(bin, "terraform"), source);
  chmodSync(join(bin, "terraform"), 0o755);
  return {
    environment: { PATH: bin },
    runs: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
  };
}

/** A plan that does one thing with each of these instances. */
export function planOf(actions: readonly string[], names: readonly string[]): PlanJson {
  const attributes = (name: string, image: string) => ({
    image,
    config: { "user.rollcall.group": name.replace(/-\d+$/, "") },
  });
  return {
    resource_changes: names.map((name) => ({
      address: `lxd_instance.${name}`,
      type: "lxd_instance",
      name,
      change: {
        actions,
        before: actions.includes("delete") ? attributes(name, "web") : null,
        after: actions.includes("create") ? attributes(name, "web-v2") : null,
        replace_paths: [["image"]],
      },
    })),
  };
}
