import type { Clock } from "./clock.ts";
import type { Counts, EventHub } from "./events.ts";
import type { Delay, FaultDesk } from "./faults.ts";
import type { Leases } from "./leases.ts";
import { DaemonError, type Operation, type Operations } from "./operations.ts";
import type { Instance, Project, State } from "./state.ts";
import { instanceUrl, projectQuery } from "./views.ts";

/** The parts of one daemon, handed to everything that acts. */
export interface Core {
  readonly clock: Clock;
  readonly state: State;
  readonly faults: FaultDesk;
  readonly events: EventHub;
  readonly operations: Operations;
  readonly leases: Leases;
  readonly counts: Counts;
  readonly options: { startDelay: Delay; stopDelay: Delay; guestPort: number; serve: boolean; name: string };
}

export const ROOT = { username: "root", protocol: "unix", address: "@" };

/** A span drawn from a delay. */
export function draw(core: Core, delay: Delay): number {
  return typeof delay === "number" ? delay : delay[0] + core.clock.random() * (delay[1] - delay[0]);
}

/** Tells the streams what happened to an instance; `asked` is false where nobody asked over the API. */
export function tell(
  core: Core,
  instance: Instance,
  action: string,
  more: { asked?: boolean; snapshot?: string; context?: Record<string, unknown> } = {},
): void {
  const under = more.snapshot === undefined ? "" : `/snapshots/${more.snapshot}`;
  core.events.publish("lifecycle", instance.project, instance.location, {
    action: `instance-${action}`,
    source: `/1.0/instances/${instance.name}${under}${projectQuery(instance.project)}`,
    ...(core.state.flavour.namedEvents && { name: instance.name, project: instance.project }),
    ...(more.context === undefined ? {} : { context: more.context }),
    ...(more.asked === false ? {} : { requestor: ROOT }),
  });
}

/** Starts an operation on one instance. LXD 5.0 names some resources by their old path too (`both`), Incus none. */
export function operate(
  core: Core,
  instance: { name: string; project: string; location: string },
  description: string,
  both: boolean,
  work: (report: (metadata: Record<string, unknown>) => void) => Promise<void>,
): Operation {
  const url = instanceUrl(instance);
  const resources =
    both && core.state.flavour.containers
      ? { containers: [instanceUrl(instance, "containers")], instances: [url] }
      : { instances: [url] };
  return core.operations.run({ project: instance.project, location: instance.location, description, resources, work });
}

/** Has an instance to itself for as long as `work` takes; whoever comes meanwhile is refused in LXD's words. */
export async function alone(instance: Instance, action: string, work: () => Promise<void>): Promise<void> {
  if (instance.busy !== undefined) {
    const reason = `Instance is busy running a "${instance.busy.action}" operation`;
    throw new DaemonError(400, `Failed to create instance ${action} operation: ${reason}`);
  }
  const done = work().finally(() => {
    instance.busy = undefined;
  });
  instance.busy = { action, done };
  await done;
}

/** `prefix` is what LXD puts before its words here, which differs from one route to the next. */
export function projectNamed(core: Core, name: string, prefix = ""): Project {
  const project = core.state.projects.get(name);
  if (project === undefined) throw new DaemonError(404, `${prefix}Project not found`);
  return project;
}

export function instanceNamed(core: Core, project: string, name: string, words = "Instance not found"): Instance {
  const instance = core.state.projects.get(project)?.instances.get(name);
  if (instance === undefined) throw new DaemonError(404, words);
  return instance;
}
