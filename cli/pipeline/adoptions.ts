import { baseImageOf } from "../../server/platform/inventory.ts";
import { platforms } from "../../shared/platforms.ts";
import { tags } from "../../shared/tags.ts";
import { type Change, halfMade } from "./changes.ts";
import { inProject } from "./in-project.ts";
import type { Replica } from "./replicas.ts";

/** An instance that exists, is made from its group's file, and is not in Terraform's state as such. */
export interface Adoption {
  /** `lxd_instance.web-1`, `incus_instance.web-1` */
  readonly address: string;
  /** `local:default/web-1,image=web`. With the image the provider keeps the instance (tried on terraform-lxd 3.0.2; lxc/incus 1.1.1 reads the same). */
  readonly id: string;
  /** Whether the state has it, as half made. It has to be removed from the state first: without its image it would be replaced. */
  readonly isInState: boolean;
  /** What the plan says instead. */
  readonly change: Change;
}

/** The instances that an apply would create or replace although they are there as declared: a killed or failed apply left them. */
export function adoptionsOf(replicas: readonly Replica[]): Adoption[] {
  return replicas.flatMap((replica) => {
    const { name, group, source, spec, platform, change } = replica;
    if (!change || !isAsDeclared(replica)) return [];
    const isTainted = change.action === "replace" && change.why.includes(halfMade);
    if (change.action !== "create" && !isTainted) return [];
    return [
      {
        address: `${platforms[platform].resource}.${name}`,
        id: `${source}:${group.project}/${name},image=${spec.image}`,
        isInState: isTainted || change.vanished === true,
        change: { ...change, action: "adopt", why: [isTainted ? halfMade : "exists as declared"] },
      },
    ];
  });
}

/** Whether the source has an instance of that name with the tags of this replica, made from what its file declares. */
function isAsDeclared({ group, index, hash, instance, image }: Replica): boolean {
  const config = instance?.config;
  if (!instance || config?.[tags.group] !== group.name || config[tags.replica] !== String(index)) return false;
  return config[tags.spec] === hash || (image !== undefined && image === baseImageOf(instance));
}

/** What keeps an apply from succeeding, and what to do about it: a sentence for each instance. */
export function hindrances(replicas: readonly Replica[]): string[] {
  return replicas.flatMap(({ name, group, instance, platform, change }) => {
    const { client } = platforms[platform];
    const where = inProject(group.project);
    if (instance && change?.action === "create")
      return [
        `${name} exists already, and not as ${group.name} declares it. To make it anew: \`${client} delete --force ${name}${where}\``,
      ];
    if (change?.moves === "refused") {
      const move = change.why.find((one) => one.startsWith("target: "));
      return [
        `${name} would have to be stopped to move it (${move}): write instance.allowRestart: true, or the earlier instance.target`,
      ];
    }
    // The provider starts what does not run, and fails on what is frozen.
    const isFrozen = instance?.status_code === 109 || instance?.status_code === 110;
    if (!isFrozen || (change?.action !== "update" && change?.action !== "adopt")) return [];
    return [`${name} is frozen: \`${client} start ${name}${where}\``];
  });
}
