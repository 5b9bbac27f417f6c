import { type Core, instanceNamed } from "./core.ts";
import type { Guest } from "./guest.ts";
import { macOf, wireAddress, wireInterface } from "./interfaces.ts";
import { die, shutDown, told } from "./life.ts";
import type { WireAddress, WireInterface } from "./shapes.ts";
import { type Instance, touch } from "./state.ts";

/** What root inside a running instance would do. Each throws if the instance does not run. */
export interface GuestHands {
  /** Adds an address behind those that are there; an interface of that name is made if there is none (a docker0, say). */
  addAddress(iface: string, address: string, prefix: number, family?: "inet" | "inet6"): Promise<void>;
  removeAddress(iface: string, address: string): void;
  /** Replaces whole interfaces, as `state.network` shows them; those not named are gone. What is left out gets a default. */
  setInterfaces(interfaces: Record<string, Partial<WireInterface>>): Promise<void>;
  /** What /health answers from now on: 200 or 503. */
  setHealthy(healthy: boolean): void;
  /** Ends as after a graceful stop, but nobody asked: no operation, and instance-shutdown at the end. */
  poweroff(): Promise<void>;
  /** Ends at once; LXD tells of that as a shutdown too. */
  crash(): Promise<void>;
}

export function createHands(core: Core, project: string, name: string): GuestHands {
  function inside(): { instance: Instance; guest: Guest; interfaces: Record<string, WireInterface> } {
    const instance = instanceNamed(core, project, name);
    const { guest, interfaces } = instance;
    if (guest === undefined || interfaces === null) throw new Error(`${name} does not run`);
    return { instance, guest, interfaces };
  }

  function own(addresses: WireAddress[]): string[] {
    return addresses.filter((each) => each.scope === "global").map((each) => each.address);
  }

  return {
    async addAddress(iface, address, prefix, family) {
      const { instance, guest, interfaces } = inside();
      const entry = wireAddress(address, prefix, family);
      if (entry.scope === "global") await guest.listen(address);
      // Distinct from every NIC's: those count up from 8.
      interfaces[iface] ??= wireInterface(macOf(-1 - instance.number, core.state.flavour.mac), "");
      interfaces[iface].addresses.push(entry);
      interfaces[iface].state = "up";
      touch(instance);
    },
    removeAddress(iface, address) {
      const { instance, guest, interfaces } = inside();
      const shown = interfaces[iface];
      if (shown === undefined) throw new Error(`${name} has no interface ${iface}`);
      shown.addresses = shown.addresses.filter((each) => each.address !== address);
      guest.unlisten(address);
      touch(instance);
    },
    async setInterfaces(wanted) {
      const { instance, guest, interfaces } = inside();
      const before = Object.values(interfaces).flatMap((shown) => own(shown.addresses));
      const next: Record<string, WireInterface> = {};
      for (const [iface, shown] of Object.entries(wanted)) {
        next[iface] = {
          ...wireInterface(interfaces[iface]?.hwaddr ?? "", interfaces[iface]?.host_name ?? ""),
          ...shown,
        };
      }
      const after = Object.values(next).flatMap((shown) => own(shown.addresses));
      for (const address of before) if (!after.includes(address)) guest.unlisten(address);
      await Promise.all(after.map((address) => guest.listen(address)));
      instance.interfaces = next;
      touch(instance);
    },
    setHealthy(healthy) {
      inside().guest.setHealthy(healthy);
    },
    async poweroff() {
      const { instance } = inside();
      await shutDown(core, instance, -1);
      await told(core, instance, "shutdown", false);
    },
    async crash() {
      const { instance } = inside();
      die(core, instance);
      await told(core, instance, "shutdown", false);
    },
  };
}
