import { stripVTControlCharacters } from "node:util";
import { harmless } from "../../files/harmless.ts";
import { type PlatformFacts, type PlatformName, platforms } from "../../shared/platforms.ts";
import { type Diagnostic, errorsIn, nameOf } from "./messages.ts";
import type { Ran } from "./terraform.ts";

/** A failed run of terraform, in sentences with cures. */
export class TerraformFailed extends Error {
  override readonly name = "TerraformFailed";
}

/** The diagnostics of a failed run, one line each, with the cure if the cause is a known one. */
export function failureOf(what: string, { stdout, stderr, code }: Ran, platform: PlatformName): TerraformFailed {
  const facts = platforms[platform];
  const errors = errorsIn(stdout);
  if (errors.length > 0) return new TerraformFailed(errors.map((one) => line(what, one, facts)).join("\n"));
  const text = plain(stderr) || plain(stdout);
  return new TerraformFailed(`${what} failed: ${withCure(text || `exit code ${code}`, facts)}`);
}

function line(what: string, { summary, detail, address }: Diagnostic, facts: PlatformFacts): string {
  const text = [summary, detail ?? ""]
    .map(plain)
    .filter((part) => part !== "")
    .join(": ");
  const lock = lockHolder(text);
  if (lock !== undefined) return `${what} failed: ${lock}`;
  return `${address === undefined ? what : nameOf(address)} failed: ${withCure(text, facts)}`;
}

/** Who holds the lock of a state, from terraform's "Lock Info". */
function lockHolder(text: string): string | undefined {
  if (!/state.*lock|lock.*state/i.test(text)) return undefined;
  const [who, created, operation, id] = ["Who", "Created", "Operation", "ID"].map(
    (key) => new RegExp(`\\b${key}:\\s+(.+?)(?=\\s+(?:Path|Operation|Who|Version|Created|Info|ID):|$)`).exec(text)?.[1],
  );
  if (who === undefined) return undefined;
  const since = created === undefined ? "" : ` since ${created}`;
  const doing = operation?.replace(/^OperationType/, "").toLowerCase() ?? "another run";
  return `another run holds the lock of the state: ${who}${since} (${doing}). Wait for it with --lock-timeout 5m; if it is no longer running: terraform force-unlock ${id}`;
}

const cures: readonly (readonly [RegExp, string | ((facts: PlatformFacts) => string)])[] = [
  [
    /does not match configured version constraint|match any of the checksums|dependency lock file/i,
    "If you trust this provider, remove .terraform.lock.hcl next to the configuration, which names the one that was used so far",
  ],
  [
    /failed to query available provider packages|could not retrieve the list of available versions|no available releases match|provider registry .* does not have a provider/i,
    "terraform needs the provider from its registry, or from a mirror that TF_CLI_CONFIG_FILE names",
  ],
  [
    /missing event connection with target cluster member/i,
    ({ client }) =>
      `a cluster member is offline, and terraform can't read its instances: \`${client} cluster list\` names it. Start it again; or, if it is lost for good, \`${client} cluster remove --force MEMBER\`, and the next deploy creates its replicas on the others`,
  ],
  [
    /\bimage\b.*not found|not found.*\bimage\b/i,
    ({ client }) => `\`${client} image list\` shows the aliases for instance.image`,
  ],
  [/dial unix\b.*permission denied/i, ({ users }) => `usermod -aG ${users} USER, and log in again`],
  [
    /dial unix\b|unable to connect|failed to (connect|retrieve (lxd|incus)|create new client)/i,
    ({ title, variables }) =>
      `is ${title} running, and is the source's url its socket? It is set in rollcall.yaml, else by ${variables}`,
  ],
  [
    /backend initialization required|backend configuration changed/i,
    "the backend was changed: run terraform init -migrate-state in the stack's directory to move the state",
  ],
];

function withCure(text: string, facts: PlatformFacts): string {
  const cure = cures.find(([pattern]) => pattern.test(text))?.[1];
  if (cure === undefined) return text;
  return `${text.replace(/[.\s]*$/, "")}. ${typeof cure === "string" ? cure : cure(facts)}`;
}

/** One line, without the frames and colours that terraform draws. */
function plain(text: string): string {
  const line = stripVTControlCharacters(text).replace(/[│╷╵\s]+/g, " ");
  return harmless(line.trim());
}
