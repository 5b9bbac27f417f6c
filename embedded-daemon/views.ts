import type { WireInstance, WireInstanceFull, WireSnapshot, WireState } from "./shapes.ts";
import { expandedConfig, expandedDevices, type Instance, type Network, type Project, type State } from "./state.ts";

const CODES = { Stopped: 102, Running: 103, Frozen: 110 } as const;
const NEVER = "0001-01-01T00:00:00Z";

/** The instance's address in the API; LXD names the project only when it is not `default`. */
export function instanceUrl(instance: { name: string; project: string }, kind = "instances"): string {
  return `/1.0/${kind}/${instance.name}${projectQuery(instance.project)}`;
}

export function projectQuery(project: string): string {
  return project === "default" ? "" : `?project=${encodeURIComponent(project)}`;
}

/** What `GET /1.0/instances/NAME` and a listing with recursion=1 say. */
export function instanceView(state: State, instance: Instance): WireInstance {
  return {
    architecture: "x86_64",
    config: instance.config,
    devices: instance.devices,
    ephemeral: instance.ephemeral,
    profiles: instance.profiles,
    stateful: false,
    description: instance.description,
    created_at: instance.createdAt,
    expanded_config: expandedConfig(state, instance),
    expanded_devices: expandedDevices(state, instance),
    name: instance.name,
    status: instance.status,
    status_code: CODES[instance.status],
    last_used_at: instance.lastUsedAt,
    location: instance.location,
    type: "container",
    project: instance.project,
  };
}

/** What `GET /1.0/instances/NAME/state` says. */
export function stateView({ flavour }: State, instance: Instance): WireState {
  const up = instance.status !== "Stopped";
  return {
    status: instance.status,
    status_code: CODES[instance.status],
    disk: {},
    memory: { usage: up ? 946176 : 0, usage_peak: up ? 2183168 : 0, swap_usage: 0, swap_usage_peak: 0 },
    network: instance.interfaces,
    pid: up ? 10000 + instance.number : 0,
    processes: up ? 5 : 0,
    cpu: { usage: up ? 25328809 : 0 },
    ...(flavour.startedAt && { started_at: up ? instance.lastUsedAt : NEVER }),
  };
}

export function fullView(state: State, instance: Instance): WireInstanceFull {
  return {
    ...instanceView(state, instance),
    backups: null,
    state: stateView(state, instance),
    snapshots: instance.snapshots.length === 0 ? null : instance.snapshots,
  };
}

/** A snapshot is a copy of what the instance was. */
export function snapshotView(state: State, instance: Instance, name: string, now: string): WireSnapshot {
  return {
    expires_at: NEVER,
    architecture: "x86_64",
    config: { ...instance.config },
    created_at: now,
    devices: { ...instance.devices },
    ephemeral: instance.ephemeral,
    expanded_config: expandedConfig(state, instance),
    expanded_devices: expandedDevices(state, instance),
    last_used_at: NEVER,
    name,
    profiles: [...instance.profiles],
    stateful: false,
    size: -1,
  };
}

/** How a cluster lists an instance of a member that does not answer. */
export function stubView(instance: Instance): WireInstance {
  return {
    architecture: "",
    config: null,
    devices: null,
    ephemeral: false,
    profiles: null,
    stateful: false,
    description: "",
    created_at: NEVER,
    expanded_config: null,
    expanded_devices: null,
    name: instance.name,
    status: "Error",
    status_code: 112,
    last_used_at: NEVER,
    location: instance.location,
    type: "",
    project: instance.project,
  };
}

/** A listing's entries as JSON text. Full ones are kept until they change: a fleet of thousands is listed often. */
export function entriesJson(state: State, instances: Instance[], recursion: number, stubs: Set<string>): string {
  const entries = instances.map((instance) => {
    if (recursion === 0) return JSON.stringify(instanceUrl(instance));
    const stub = stubs.has(instance.name);
    if (recursion === 1) return JSON.stringify(stub ? stubView(instance) : instanceView(state, instance));
    if (stub) return JSON.stringify({ ...stubView(instance), backups: null, state: null, snapshots: null });
    instance.rendered ??= JSON.stringify(fullView(state, instance));
    return instance.rendered;
  });
  return `[${entries.join(",")}]`;
}

export function projectView(project: Project): Record<string, unknown> {
  const used = [...project.instances.values()].map((each) => instanceUrl(each));
  return { config: project.config, description: project.description, name: project.name, used_by: used };
}

export function networkView(state: State, network: Network): Record<string, unknown> {
  const used = [...state.projects.values()].flatMap((project) =>
    [...project.instances.values()].map((each) => instanceUrl(each)),
  );
  return {
    config: network.config,
    description: "",
    name: network.name,
    type: network.type,
    used_by: network.managed ? ["/1.0/profiles/default", ...used] : [],
    managed: network.managed,
    status: network.managed ? "Created" : "",
    locations: network.managed ? state.members : null,
  };
}
