import { stripVTControlCharacters } from "node:util";
import { harmless } from "../../files/harmless.ts";
import { type Diagnostic, errorsIn, nameOf } from "./messages.ts";
import type { Ran } from "./terraform.ts";

/** A failed run of terraform, in sentences with cures. */
export class TerraformFailed extends Error {
  override readonly name = "TerraformFailed";
}

/** The diagnostics of a failed run, one line each, with the cure if the cause is a known one. */
export function failureOf(what: string, { stdout, stderr, code }: Ran): TerraformFailed {
  const errors = errorsIn(stdout);
  if (errors.length > 0) return new TerraformFailed(errors.map((one) => line(what, one)).join("\n"));
  const text = plain(stderr) || plain(stdout);
  return new TerraformFailed(`${what} failed: ${withCure(text || `exit code ${code}`)}`);
}

function line(what: string, { summary, detail, address }: Diagnostic): string {
  const text = [summary, detail ?? ""]
    .map(plain)
    .filter((part) => part !== "")
    .join(": ");
  const lock = lockHolder(text);
  if (lock !== undefined) return `${what} failed: ${lock}`;
  return `${address === undefined ? what : nameOf(address)} failed: ${withCure(text)}`;
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

const cures: readonly (readonly [RegExp, string])[] = [
  [
    /does not match configured version constraint|match any of the checksums|dependency lock file/i,
    "If you trust this provider, remove .terraform.lock.hcl next to the configuration, which names the one that was used so far",
  ],
  [
    /failed to query available provider packages|could not retrieve the list of available versions|no available releases match|provider registry .* does not have a provider/i,
    "terraform needs the provider from its registry, or from a mirror that TF_CLI_CONFIG_FILE names",
  ],
  [/\bimage\b.*not found|not found.*\bimage\b/i, "`lxc image list` shows the aliases for instance.image"],
  [/dial unix\b.*permission denied/i, "usermod -aG lxd USER, and log in again"],
  [
    /dial unix\b|unable to connect|failed to (connect|retrieve lxd|create new client)/i,
    "is LXD running, and is the source's url its socket? It is set in rollcall.yaml, else by $LXD_SOCKET or $LXD_DIR",
  ],
  [
    /backend initialization required|backend configuration changed/i,
    "the backend was changed: run terraform init -migrate-state in the stack's directory to move the state",
  ],
];

function withCure(text: string): string {
  const cure = cures.find(([pattern]) => pattern.test(text))?.[1];
  return cure === undefined ? text : `${text.replace(/[.\s]*$/, "")}. ${cure}`;
}

/** One line, without the frames and colours that terraform draws. */
function plain(text: string): string {
  const line = stripVTControlCharacters(text).replace(/[│╷╵\s]+/g, " ");
  return harmless(line.trim());
}
