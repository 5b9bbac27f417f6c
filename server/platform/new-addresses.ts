import type { Address } from "../roll-call/observed.ts";
import { type Family, familyWords, isOfFamily } from "./subnets.ts";

/**
 * A guest shows an IPv6 address while its kernel still checks whether another machine has it, and answers there only afterwards: a random
 * delay of up to a second, and a second for one probe (RFC 4862). It took 1.3 to 2.1 s on Linux 6.18.
 */
const checkedWithin = 2200;

/** How long the first family is waited for by an instance that has an address of the second: IPv6 comes 1 to 2 s after IPv4, a slow DHCP later. */
const firstWithin = 5000;

export interface NewAddressOptions {
  readonly nic: string;
  /** In order of preference. */
  readonly families: readonly Family[];
  /** For how many milliseconds listings in a row have shown an address. */
  shownFor(address: string): number;
  /** Whether the NIC's network may give an address of the first family. */
  readonly mayCome: boolean;
}

/**
 * Addresses, the best first, with those marked as tentative that are too new to be taken: an IPv6 address that may still be checked, and
 * one of the second family while one of the first may come. `problem`: why none can be taken yet.
 */
export function withoutNew(best: readonly string[], { nic, families, shownFor, mayCome }: NewAddressOptions) {
  const [first = "ipv4", second] = families;
  const isChecked = (address: string) => !address.includes(":") || shownFor(address) >= checkedWithin;
  const preferred = best.filter((address) => isOfFamily(address, first));
  const longest = Math.max(...best.map(shownFor));
  const isAwaited =
    preferred.length > 0 ? !preferred.some(isChecked) : second !== undefined && mayCome && longest < firstWithin;
  const addresses = best.map((address): Address => {
    const isSecond = isAwaited && !preferred.includes(address);
    return { address, tentative: isSecond || !isChecked(address) };
  });
  if (addresses.some(({ tentative }) => !tentative)) return { addresses, problem: undefined };
  const awaited = isAwaited && preferred.length === 0;
  const problem = awaited
    ? `runs, but ${nic} has only ${best.join(", ")} so far, and ${familyWords[first]} is preferred`
    : `runs, but ${preferred[0] ?? best[0]} of ${nic} is new: its kernel may still be checking it for duplicates`;
  return { addresses, problem };
}
