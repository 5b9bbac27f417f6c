import { type Flavour, flavours } from "./flavours.ts";
import type { Guest } from "./guest.ts";
import { createImages, type Images } from "./images.ts";
import type { Config, Devices, WireInterface, WireSnapshot } from "./shapes.ts";

/** One instance: plain data. Whoever changes it calls `touch`, so that listings are rendered anew. */
export interface Instance {
  name: string;
  readonly project: string;
  readonly location: string;
  /** What the image's web server says of itself. */
  readonly version: string;
  /** A small number of its own, from which MAC address, pid and host names are made. */
  readonly number: number;
  config: Config;
  devices: Devices;
  profiles: string[];
  description: string;
  readonly ephemeral: boolean;
  readonly createdAt: string;
  lastUsedAt: string;
  status: "Stopped" | "Running" | "Frozen";
  /** Its address from creation to deletion, whether it runs or not. */
  lease: string;
  /** Null unless it runs or is frozen. */
  interfaces: Record<string, WireInterface> | null;
  guest: Guest | undefined;
  /** The operation that has it to itself, in LXD's words ("stop"), and the end of it. */
  busy: { action: string; done: Promise<void> } | undefined;
  snapshots: WireSnapshot[];
  /** The rendered entry of a listing, until something changes. */
  rendered: string | undefined;
}

export interface Project {
  readonly name: string;
  config: Config;
  description: string;
  readonly instances: Map<string, Instance>;
}

export interface Network {
  readonly name: string;
  readonly type: string;
  readonly managed: boolean;
  readonly config: Config;
}

/** All that a daemon knows. It outlives goAway. */
export interface State extends Images {
  readonly flavour: Flavour;
  readonly projects: Map<string, Project>;
  readonly networks: Network[];
  readonly profile: { config: Config; devices: Devices };
  readonly members: string[];
  /** How many instances there ever were. */
  born: number;
}

const FEATURES = {
  "features.images": "true",
  "features.networks": "true",
  "features.profiles": "true",
  "features.storage.volumes": "true",
};

/** An empty daemon: the project `default` with one bridge and a profile that puts instances on it. */
export function createState(clustered: boolean, server: Flavour["server"] = "lxd"): State {
  return {
    flavour: flavours[server],
    projects: new Map([["default", createProject("default", FEATURES, "Default LXD project")]]),
    networks: [
      {
        name: "lxdbr0",
        type: "bridge",
        managed: true,
        config: { "ipv4.address": "127.77.0.1/16", "ipv4.nat": "false", "ipv6.address": "none" },
      },
      { name: "lo", type: "loopback", managed: false, config: {} },
      { name: "eth0", type: "physical", managed: false, config: {} },
    ],
    profile: {
      config: {},
      devices: {
        eth0: { name: "eth0", network: "lxdbr0", type: "nic" },
        root: { path: "/", pool: "default", type: "disk" },
      },
    },
    ...createImages(),
    members: clustered ? ["m1", "m2", "m3"] : ["none"],
    born: 0,
  };
}

export function createProject(name: string, config: Config, description: string): Project {
  return { name, config, description, instances: new Map() };
}

/** Every instance of one project, or of all, by name as LXD 5.0 sorts them: as plain strings. */
export function sorted(state: State, project: string | undefined): Instance[] {
  const projects = project === undefined ? [...state.projects.values()] : [state.projects.get(project)];
  const instances = projects.flatMap((each) => (each === undefined ? [] : [...each.instances.values()]));
  return instances.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Says that something about the instance changed. */
export function touch(instance: Instance): void {
  instance.rendered = undefined;
}

/** The instance's own configuration over that of its profiles. */
export function expandedConfig(state: State, instance: Instance): Config {
  return { ...(instance.profiles.includes("default") ? state.profile.config : {}), ...instance.config };
}

export function expandedDevices(state: State, instance: Instance): Devices {
  return { ...(instance.profiles.includes("default") ? state.profile.devices : {}), ...instance.devices };
}
