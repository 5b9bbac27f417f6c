import type { WireAddress, WireInterface } from "./shapes.ts";
import { expandedDevices, type Instance, type State } from "./state.ts";

/** An address as state.network shows it. LXD calls 127/8 local; here the bridge's own 127.77/16 stands for a LAN. */
export function wireAddress(address: string, prefix: number, family?: "inet" | "inet6"): WireAddress {
  return {
    family: family ?? (address.includes(":") ? "inet6" : "inet"),
    address,
    netmask: String(prefix),
    scope: scopeOf(address),
  };
}

function scopeOf(address: string): WireAddress["scope"] {
  if (address === "::1" || (address.startsWith("127.") && !address.startsWith("127.77."))) return "local";
  return address.startsWith("fe80:") || address.startsWith("169.254.") ? "link" : "global";
}

/** An interface without any address. */
export function wireInterface(hwaddr: string, hostName: string, state = "up"): WireInterface {
  return { addresses: [], counters: noTraffic(), hwaddr, host_name: hostName, mtu: 1500, state, type: "broadcast" };
}

/** What a guest has when it has just been started: lo, and each NIC with its link-local address only. */
export function bootInterfaces(state: State, instance: Instance): Record<string, WireInterface> {
  const interfaces: Record<string, WireInterface> = {};
  for (const nic of nicsOf(state, instance)) interfaces[nic.iface] = nicInterface(instance, nic);
  interfaces.lo = {
    ...wireInterface("", ""),
    addresses: [wireAddress("127.0.0.1", 8), wireAddress("::1", 128)],
    mtu: 65536,
    type: "loopback",
  };
  return interfaces;
}

export interface Nic {
  device: string;
  iface: string;
  mac: string;
  /** `ipv4.address` of the device, which DHCP then gives out. */
  fixed: string | undefined;
}

/** The NICs among the expanded devices, each with the name and MAC address it has inside. */
export function nicsOf(state: State, instance: Instance): Nic[] {
  return Object.entries(expandedDevices(state, instance))
    .filter(([, device]) => device.type === "nic")
    .map(([name, device]) => ({
      device: name,
      iface: device.name ?? name,
      mac: device.hwaddr ?? instance.config[`volatile.${name}.hwaddr`] ?? "",
      fixed: device["ipv4.address"],
    }));
}

/** Only eth0 is set up by the image; further NICs stay down until somebody inside does something with them. */
export function nicInterface(instance: Instance, nic: Nic): WireInterface {
  const up = nic.iface === "eth0";
  const shown = wireInterface(nic.mac, instance.config[`volatile.${nic.device}.host_name`] ?? "", up ? "up" : "down");
  if (up) shown.addresses.push(wireAddress(linkLocal(nic.mac), 64));
  return shown;
}

/** Gives every NIC its own MAC address for good, and its host's end a name for as long as it runs. */
export function setVolatile(state: State, instance: Instance): void {
  for (const [index, nic] of nicsOf(state, instance).entries()) {
    if (nic.mac === "")
      instance.config[`volatile.${nic.device}.hwaddr`] = macOf(instance.number * 8 + index, state.flavour.mac);
    const key = `volatile.${nic.device}.host_name`;
    if (instance.status === "Stopped") delete instance.config[key];
    else instance.config[key] ??= `veth${(0x10000000 + instance.number * 8 + index).toString(16)}`;
  }
}

/** A MAC address with the daemon's prefix. Multiplying by an odd number keeps them distinct and makes them look as random as real ones. */
export function macOf(number: number, prefix: string): string {
  const tail = Math.imul(number, 0x9e3779b1) & 0xffffff;
  return `${prefix}:${(tail.toString(16).padStart(6, "0").match(/../g) ?? []).join(":")}`;
}

function linkLocal(mac: string): string {
  const bytes = mac.split(":").map((byte) => Number.parseInt(byte, 16));
  bytes[0] = (bytes[0] ?? 0) ^ 2;
  bytes.splice(3, 0, 0xff, 0xfe);
  const words = [0, 2, 4, 6].map((at) => (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return `fe80::${words.join(":")}`;
}

function noTraffic(): Record<string, number> {
  return {
    bytes_received: 0,
    bytes_sent: 0,
    packets_received: 0,
    packets_sent: 0,
    errors_received: 0,
    errors_sent: 0,
    packets_dropped_outbound: 0,
    packets_dropped_inbound: 0,
  };
}
