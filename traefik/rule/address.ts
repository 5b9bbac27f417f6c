import { BlockList, isIP } from "node:net";

/** An address or a range as Go's net.ParseIP and net.ParseCIDR accept them (no zone, no leading zeros), or undefined. */
export function readRange(text: string): { readonly holds: (address: string) => boolean } | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const version = address.includes("%") ? 0 : isIP(address);
  if (version === 0) return undefined;
  const family = version === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  if (slash < 0) list.addAddress(address, family);
  else {
    const bits = text.slice(slash + 1);
    if (!/^[0-9]+$/.test(bits) || Number(bits) > (version === 6 ? 128 : 32)) return undefined;
    list.addSubnet(address, Number(bits), family);
  }
  return {
    holds(asked) {
      const askedVersion = isIP(asked);
      return askedVersion !== 0 && list.check(asked, askedVersion === 6 ? "ipv6" : "ipv4");
    },
  };
}
