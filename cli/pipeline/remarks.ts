import { addedDevicesOf, baseImageOf } from "../../server/platform/inventory.ts";
import type { DeclaredGroup } from "../../shared/parse-groups.ts";
import { platforms } from "../../shared/platforms.ts";
import { inProject } from "./in-project.ts";
import type { Replica } from "./replicas.ts";

/**
 * What an apply leaves different from the files, with the command for it: a sentence for each kind of difference in a group. LXD's
 * provider never removes a device from an instance; neither notices an alias that leads to a new image, or restarts anything.
 */
export function remarksOn(replicas: readonly Replica[]): string[] {
  const found = new Map<string, { readonly remark: Remark; readonly group: DeclaredGroup; readonly names: string[] }>();
  for (const replica of replicas)
    for (const remark of remarks(replica)) {
      const key = JSON.stringify([replica.group.name, remark]);
      const entry = found.get(key) ?? { remark, group: replica.group, names: [] };
      entry.names.push(replica.name);
      found.set(key, entry);
    }
  return [...found.values()].map(({ remark: { says, command }, group, names }) => {
    const cure = command ? forEach(names, (name) => command(name) + inProject(group.project)) : "";
    return `${names.join(", ")}: ${says}${cure || `\`rollcall rollout ${group.name} --refresh\``}`;
  });
}

/** A command for each of some instances, as a shell takes it. */
function forEach(names: readonly string[], command: (name: string) => string): string {
  const [only = ""] = names;
  return names.length === 1
    ? `\`${command(only)}\``
    : `\`for name in ${names.join(" ")}; do ${command("$name")}; done\``;
}

interface Remark {
  readonly says: string;
  /** What to run for an instance. */
  readonly command?: (name: string) => string;
}

function remarks({ spec, instance, image, platform, change }: Replica): Remark[] {
  if (!instance || change?.action === "replace" || change?.action === "destroy") return [];
  const { client } = platforms[platform];
  const base = baseImageOf(instance);
  return [
    ...addedDevicesOf(instance)
      .filter((device) => spec.devices[device] === undefined)
      .map((device) => ({
        says: `the device ${device} is no longer declared and stays on the instance; to remove it: `,
        command: (name: string) => `${client} config device remove ${name} ${device}`,
      })),
    ...(change?.restart?.length
      ? [
          {
            says: `${change.restart.join(", ")}: read when it starts, so restart it: `,
            command: (name: string) => `${client} restart ${name}`,
          },
        ]
      : []),
    ...(image !== undefined && base !== undefined && image !== base
      ? [{ says: `made from an older image than the one that ${spec.image} leads to now: ` }]
      : []),
  ];
}
