import { idmap } from "./config.ts";
import { type Core, draw, tell } from "./core.ts";
import { createGuest } from "./guest.ts";
import { bootInterfaces, nicsOf, setVolatile, wireAddress } from "./interfaces.ts";
import { expandedConfig, type Instance, touch } from "./state.ts";

/** From Stopped to Running. The address comes later and by itself, without any event. */
export function boot(core: Core, instance: Instance): void {
  instance.status = "Running";
  instance.lastUsedAt = core.clock.now();
  setVolatile(core.state, instance);
  instance.interfaces = bootInterfaces(core.state, instance);
  Object.assign(instance.config, idmap("current"), { "volatile.last_state.power": "RUNNING" });
  const nic = nicsOf(core.state, instance).find((each) => each.iface === "eth0");
  const address = nic?.fixed ?? instance.lease;
  // The environment is the one of its start, whatever is configured later.
  const config = expandedConfig(core.state, instance);
  const seconds = (key: string) => Number(config[`environment.${key}`] ?? 0);
  instance.guest = createGuest({
    name: instance.name,
    grace: seconds("GRACE"),
    starting: seconds("HEALTH_AFTER") > 0,
    address,
    version: instance.version,
    port: core.options.guestPort,
    serve: core.options.serve,
  });
  touch(instance);
  const waits = { port: seconds("PORT_AFTER"), health: seconds("HEALTH_AFTER") };
  if (nic !== undefined) void obtainAddress(core, instance, address, waits);
}

/** `waits` are seconds from the address on: until its port opens, and until it answers other than 503. */
async function obtainAddress(
  core: Core,
  instance: Instance,
  address: string,
  waits: { port: number; health: number },
): Promise<void> {
  const { guest } = instance;
  await core.clock.after(draw(core, core.faults.addressDelay));
  await guest?.thawed();
  if (waits.port > 0) void core.clock.after(waits.port * 1000).then(() => guest?.listen(address));
  else await guest?.listen(address);
  if (waits.health > 0) void core.clock.after(waits.health * 1000).then(() => guest?.started());
  const eth0 = instance.interfaces?.eth0;
  // It may have been stopped meanwhile, and even started again: that is another guest.
  if (guest === undefined || instance.guest !== guest || eth0 === undefined) return;
  eth0.addresses.unshift(wireAddress(address, 16));
  touch(instance);
}

/** From Running or Frozen to Stopped, at once: when this returns, connecting to it is refused. */
export function die(core: Core, instance: Instance): void {
  instance.guest?.kill();
  instance.guest = undefined;
  instance.interfaces = null;
  instance.status = "Stopped";
  instance.config["volatile.last_state.power"] = "STOPPED";
  setVolatile(core.state, instance);
  touch(instance);
}

/**
 * The guest is asked to end: it serves on for `environment.GRACE` seconds. False when it did not end within `timeout`
 * seconds; it ends later then, as a guest that was asked to does.
 */
export async function shutDown(core: Core, instance: Instance, timeout: number): Promise<boolean> {
  const { guest } = instance;
  if (guest === undefined) return true;
  // Frozen meanwhile, it does not get on with it until it is thawed.
  const over = core.clock.after(guest.grace * 1000).then(() => guest.thawed());
  const end = Promise.race([over, guest.ended]).then(() => {
    if (instance.guest === guest) die(core, instance);
  });
  if (timeout < 0) {
    await end;
    return true;
  }
  await Promise.race([core.clock.after(timeout * 1000), guest.ended]);
  if (instance.guest !== guest) return true;
  if (core.state.flavour.tellsLateStop) void end.then(() => told(core, instance, "shutdown", false));
  return false;
}

/** LXD learns of a guest's end a moment later, and tells of it then; an ephemeral instance is gone before that. */
export async function told(core: Core, instance: Instance, action: string, asked: boolean): Promise<void> {
  await core.clock.after(draw(core, core.options.stopDelay));
  if (instance.ephemeral) bury(core, instance);
  tell(core, instance, action, { asked });
}

/** Ends the instance's existence; its address may go to another one. */
export function bury(core: Core, instance: Instance): void {
  core.state.projects.get(instance.project)?.instances.delete(instance.name);
  core.leases.free(instance.lease);
  tell(core, instance, "deleted", { asked: false });
}
