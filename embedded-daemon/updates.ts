import type { UpdateBody } from "./bodies.ts";
import { checkConfig } from "./config.ts";
import { type Core, operate, tell } from "./core.ts";
import { nicInterface, nicsOf, setVolatile } from "./interfaces.ts";
import { DaemonError, type Operation } from "./operations.ts";
import { expandedDevices, type Instance, touch } from "./state.ts";

/** `PUT /1.0/instances/NAME`: what the body leaves out is gone, but for keys that LXD refuses to be without. */
export function replace(core: Core, instance: Instance, body: UpdateBody): Operation {
  return operate(core, instance, "Updating instance", true, async () => {
    const config = body.config ?? {};
    const lost = Object.keys(instance.config).some((key) => key.includes("idmap") && config[key] === undefined);
    if (lost) throw new DaemonError(400, "Volatile idmap keys can't be deleted by the user");
    assign(core, instance, config, body.devices ?? {}, body);
  });
}

/** `PATCH /1.0/instances/NAME`: keys that the body leaves out stay, and an empty value removes its key. */
export function patch(core: Core, instance: Instance, body: UpdateBody): void {
  const config = { ...instance.config, ...body.config };
  assign(core, instance, config, { ...instance.devices, ...body.devices }, body);
}

function assign(
  core: Core,
  instance: Instance,
  config: Record<string, string>,
  devices: Instance["devices"],
  body: UpdateBody,
): void {
  checkConfig(config);
  const before = instance.devices;
  instance.devices = devices;
  // LXD gives an instance one name on each bridge of its own.
  const managed = core.state.networks.filter((network) => network.managed).map((network) => network.name);
  const networks = Object.values(expandedDevices(core.state, instance))
    .map((device) => device.network ?? device.parent ?? "")
    .filter((network) => managed.includes(network));
  if (new Set(networks).size < networks.length) {
    instance.devices = before;
    const added = Object.keys(devices).find((name) => before[name] === undefined) ?? "";
    const [other = ""] = Object.keys(expandedDevices(core.state, instance));
    const reason = core.state.flavour.words.secondNic(instance.name, added, other);
    throw new DaemonError(400, `Failed add validation for device "${added}": ${reason}`);
  }
  instance.config = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== ""));
  instance.profiles = body.profiles ?? instance.profiles;
  instance.description = body.description ?? instance.description;
  setVolatile(core.state, instance);
  plug(core, instance);
  touch(instance);
  tell(core, instance, "updated", { asked: false });
}

/** Interfaces of NICs that were added or removed while it runs come and go with them. */
function plug(core: Core, instance: Instance): void {
  if (instance.interfaces === null) return;
  const nics = nicsOf(core.state, instance);
  for (const nic of nics) instance.interfaces[nic.iface] ??= nicInterface(instance, nic);
  const macs = new Set(nics.map((nic) => nic.mac));
  for (const [name, shown] of Object.entries(instance.interfaces)) {
    if (shown.host_name.startsWith("veth") && !macs.has(shown.hwaddr)) delete instance.interfaces[name];
  }
}
