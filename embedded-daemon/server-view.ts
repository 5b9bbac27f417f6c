import { createHash } from "node:crypto";
import type { State } from "./state.ts";

/** `GET /1.0`; of the 300 API extensions only those that a client of ours may ask for. */
export function serverView(state: State, name: string): Record<string, unknown> {
  const clustered = !state.members.includes("none");
  return {
    config: {},
    api_extensions: [...EXTENSIONS, ...state.flavour.extensions],
    api_status: "stable",
    api_version: "1.0",
    auth: "trusted",
    public: false,
    auth_methods: ["tls"],
    environment: {
      addresses: [],
      architectures: ["x86_64", "i686"],
      certificate: "",
      certificate_fingerprint: createHash("sha256").update(name).digest("hex"),
      driver: "lxc",
      driver_version: "5.0.2",
      firewall: "nftables",
      kernel: "Linux",
      kernel_architecture: "x86_64",
      lxc_features: {},
      project: "default",
      server: state.flavour.server,
      server_clustered: clustered,
      server_event_mode: "full-mesh",
      server_name: clustered ? state.members[0] : name,
      server_pid: process.pid,
      server_version: state.flavour.version,
      storage: "dir",
      storage_version: "1",
    },
  };
}

const EXTENSIONS = [
  "etag",
  "patch",
  "network",
  "storage",
  "operation_description",
  "clustering",
  "event_lifecycle",
  "container_full",
  "projects",
  "instances",
  "network_leases",
  "api_filtering",
  "event_location",
  "event_project",
  "instance_all_projects",
  "instance_get_full",
  "cluster_member_state",
];
