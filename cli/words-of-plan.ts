import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { systemError } from "../files/system-error.ts";
import type { Config } from "../server/config.ts";
import { askStatus } from "./ask-server.ts";
import type { PlanJson } from "./pipeline/changes.ts";
import { endingsOf } from "./pipeline/endings.ts";

/** The instances that a plan ends, as words for the server. `file` has what `terraform show -json PLAN` prints; `-` is `input`. */
export async function wordsOfPlan(config: Config, file: string, input: NodeJS.ReadableStream): Promise<string[]> {
  const endings = endingsOf(parsed(file === "-" ? await text(input) : readNamed(file), file));
  if (endings.length === 0) return [];
  const sources = new Set((await askStatus(config)).sources.map(({ name }) => name));
  // A stack that rollcall did not write may call its remote anything.
  return endings.map(({ remote, project, instance }) =>
    remote !== undefined && sources.has(remote) ? `${remote}/${project}/${instance}` : instance,
  );
}

function parsed(json: string, file: string): PlanJson {
  try {
    const plan = JSON.parse(json) as PlanJson & { readonly format_version?: string };
    if (typeof plan?.format_version === "string" || Array.isArray(plan?.resource_changes)) return plan;
  } catch {}
  throw new Error(
    `${file === "-" ? "standard input" : file} is no plan in JSON: it is what \`terraform show -json PLAN\` prints`,
  );
}

function readNamed(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(systemError(error, file), { cause: error });
  }
}
