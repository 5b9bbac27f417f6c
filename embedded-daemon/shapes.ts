/** The wire shapes of LXD 5.0's REST and event protocol, as far as rollcall and its tests meet them. */

export type Config = Record<string, string>;
export type Devices = Record<string, Record<string, string>>;

export interface WireAddress {
  family: "inet" | "inet6";
  address: string;
  /** A prefix length, as text. */
  netmask: string;
  scope: "global" | "link" | "local";
}

export interface WireInterface {
  addresses: WireAddress[];
  counters: Record<string, number>;
  hwaddr: string;
  host_name: string;
  mtu: number;
  state: string;
  type: string;
}

export interface WireState {
  status: string;
  status_code: number;
  disk: Record<string, unknown>;
  memory: Record<string, number>;
  /** Null, not empty, when the instance is stopped. */
  network: Record<string, WireInterface> | null;
  pid: number;
  processes: number;
  cpu: { usage: number };
  /** Of Incus alone. */
  started_at?: string;
}

/** An entry of `GET /1.0/instances?recursion=1`. */
export interface WireInstance {
  architecture: string;
  config: Config | null;
  devices: Devices | null;
  ephemeral: boolean;
  profiles: string[] | null;
  stateful: boolean;
  description: string;
  created_at: string;
  expanded_config: Config | null;
  expanded_devices: Devices | null;
  name: string;
  status: string;
  status_code: number;
  last_used_at: string;
  location: string;
  type: string;
  project: string;
}

export interface WireSnapshot {
  expires_at: string;
  architecture: string;
  config: Config;
  created_at: string;
  devices: Devices;
  ephemeral: boolean;
  expanded_config: Config;
  expanded_devices: Devices;
  last_used_at: string;
  name: string;
  profiles: string[];
  stateful: boolean;
  size: number;
}

/** An entry of `GET /1.0/instances?recursion=2`. */
export interface WireInstanceFull extends WireInstance {
  backups: unknown[] | null;
  state: WireState | null;
  snapshots: WireSnapshot[] | null;
}

export interface WireOperation {
  id: string;
  class: string;
  description: string;
  created_at: string;
  updated_at: string;
  status: string;
  status_code: number;
  resources: Record<string, string[]>;
  metadata: Record<string, unknown> | null;
  may_cancel: boolean;
  err: string;
  location: string;
}

export interface WireLifecycle {
  action: string;
  source: string;
  context?: Record<string, unknown>;
  requestor?: { username: string; protocol: string; address: string };
}

/** One text frame of the event stream. */
export interface WireEvent {
  type: string;
  timestamp: string;
  metadata: WireOperation | WireLifecycle;
  location: string;
  project: string;
}
