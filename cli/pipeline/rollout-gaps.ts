import { milliseconds } from "../../files/milliseconds.ts";
import { gateWants } from "../../shared/gate.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { mayBeUnavailable, maySurge, replicasOfFile, usualRollout } from "../../shared/rollout.ts";
import { seconds } from "../../traefik/model/duration.ts";

/** What keeps the rollouts of a group from being gapless, and what to do about it. */
export interface Gap {
  readonly why: string;
  readonly cure: string;
}

/**
 * What the file of a group says that a rollout would be noticed by. A step gives requests in flight `grace` milliseconds. A group whose
 * instances are made elsewhere has none.
 */
export function rolloutGaps(group: DeclaredGroup, grace: number): Gap[] {
  if (group.selector || replicasOfFile(group) === 0) return [];
  return [
    notReady(group),
    tooFew(group),
    strict(group),
    slowerThanAStep(group),
    noTimeForTheGrace(group, grace),
  ].filter((gap) => gap !== undefined);
}

function notReady({ service: { ready = "address", protocol } }: DeclaredGroup): Gap | undefined {
  if (ready !== "address") return undefined;
  const cure = { http: "port, or { http: /health }", tcp: "port", udp: "platform" }[protocol];
  return { why: "a replica joins with its address, before its program answers", cure: `write service.ready: ${cure}` };
}

function tooFew(group: DeclaredGroup): Gap | undefined {
  const [own, taken, surge] = [replicasOfFile(group), mayBeUnavailable(group), maySurge(group)];
  const left = Math.max(0, own + surge - taken);
  const { gate } = group;
  const least = typeof gate === "string" ? 1 : Math.max(1, gateWants(gate, own));
  if (left >= least) return undefined;
  if (own === 1) return { why: "its only replica is replaced in place", cure: "write rollout.maxSurge: 1" };
  const why =
    left === 0
      ? `maxUnavailable lets a step take all ${own} replicas`
      : `maxUnavailable lets a step leave ${left} of ${own} replicas, and its gate has a minimum of ${least}`;
  const fewer = own + surge - least;
  const cure =
    fewer > 0 ? `rollout.maxUnavailable: ${fewer}` : `rollout: { maxSurge: ${least - own + 1}, maxUnavailable: 1 }`;
  return { why, cure: `write ${cure}` };
}

function strict({ gate }: DeclaredGroup): Gap | undefined {
  if (gate !== "strict") return undefined;
  const why = "its strict gate holds back the changes of every group while a replica is made again";
  return { why, cure: "write gate: complete" };
}

/** Traefik takes a new server as healthy until its first check has failed. A probe of rollcall has asked before. */
function slowerThanAStep({ service, rollout = usualRollout }: DeclaredGroup): Gap | undefined {
  const { loadBalancer, ready } = service;
  const check = loadBalancer && "healthCheck" in loadBalancer ? loadBalancer.healthCheck : undefined;
  if (!check || typeof ready === "object") return undefined;
  const verdict = Math.ceil(seconds(check.interval ?? "30s") + seconds(check.timeout ?? "5s"));
  if (rollout.minReadySeconds >= verdict) return undefined;
  return {
    why: `Traefik's health check needs up to ${verdict} s, and a step is over ${rollout.minReadySeconds} s after its replicas joined`,
    cure: `write rollout.minReadySeconds: ${verdict}${service.protocol === "http" ? ", or service.ready: { http: PATH }" : ""}`,
  };
}

function noTimeForTheGrace({ rollout = usualRollout }: DeclaredGroup, grace: number): Gap | undefined {
  if (milliseconds(rollout.progressDeadline) > grace + rollout.minReadySeconds * 1000) return undefined;
  return {
    why: `progressDeadline is ${rollout.progressDeadline}, and a step gives requests in flight ${grace / 1000} s and is steady for ${rollout.minReadySeconds} s`,
    cure: "write a longer rollout.progressDeadline",
  };
}
