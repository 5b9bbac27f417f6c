import { gateWants } from "../../shared/gate.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { type Answers, questionOf, targetKey } from "./answers.ts";
import type { Instance } from "./observed.ts";
import type { Place, Roster } from "./roster.ts";

/** How ready a replica is that has an address; `detail` says why it is not. */
export interface Readiness {
  readonly is: "ready" | "not-ready" | "fallen";
  readonly detail: string;
}

const ready: Readiness = { is: "ready", detail: "" };

/** How ready a replica is at that address, by what its group asks for. */
export function readinessOf(
  group: DeclaredGroup,
  roster: Roster & Place,
  name: string,
  instance: Instance | undefined,
  address: string,
  answers: Answers,
): Readiness {
  if (group.service.ready === "platform") return saidByPlatform(instance);
  const question = questionOf(group, roster);
  if (!question) return ready;
  const { source, project } = roster;
  const answer = answers.get(targetKey({ source, project, instance: name, address, question }));
  if (answer?.state === "ready") return ready;
  const detail = answer?.detail || "has an address, and has not answered yet";
  return { is: answer?.state === "fallen" ? "fallen" : "not-ready", detail };
}

/** incus-compose's own health check: only its daemon writes the status, so a missing one is not reported yet. */
const health = {
  enabled: "user.healthcheck.enabled",
  status: "user.healthcheck.status",
  stopped: "user.healthcheck.stopped",
} as const;

function saidByPlatform({ keys = {}, saysReady }: Partial<Instance> = {}): Readiness {
  if (!isTrue(keys[health.enabled])) return saysReady ? ready : { is: "not-ready", detail: unsaid[`${saysReady}`] };
  if (isTrue(keys[health.stopped])) return { is: "not-ready", detail: `${health.stopped} is set` };
  const status = keys[health.status];
  if (status === "healthy") return ready;
  return { is: "not-ready", detail: status ? `${health.status} is ${status}` : `${health.status} is not reported yet` };
}

/** LXD 5.0 answers 200 to an instance that says so, and does nothing (seen on 5.0.2). */
const unsaid = {
  false: "runs, and has not said that it is ready",
  undefined:
    "its daemon has no status Ready, as LXD 5.21 and Incus have: ready: port or { http: /health } asks it from here",
} as const;

function isTrue(value = ""): boolean {
  return /^(true|1|yes|on)$/i.test(value);
}

/**
 * How many members may be out because they stopped answering: half of the group, and not so many that fewer stay than the gate's
 * minimum, or none.
 */
export function mayFall({ gate, replicas }: DeclaredGroup, members: number, alreadyFallen: number): number {
  const least = typeof gate === "string" ? 1 : Math.max(1, gateWants(gate, replicas));
  return Math.max(0, Math.min(Math.floor(replicas / 2) - alreadyFallen, members - least));
}
