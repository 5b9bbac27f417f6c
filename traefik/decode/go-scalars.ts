/** Go's ParseInt for decimals of 64 bits. */
export function goInt(text: string): bigint | undefined {
  if (!/^[-+]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return value >= -(2n ** 63n) && value < 2n ** 63n ? value : undefined;
}

/** Go's ParseBool. */
export function goFlag(text: string): boolean | undefined {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  return ["0", "f", "F", "false", "FALSE", "False"].includes(text) ? false : undefined;
}

const nanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** A time in nanoseconds, as Traefik reads it: a bare number is seconds, and past 292 years it wraps around. */
export function goDuration(text: string): { readonly value: bigint; readonly wrapped: boolean } | undefined {
  const seconds = goInt(text);
  if (seconds !== undefined) {
    const exact = seconds * 1_000_000_000n;
    const value = BigInt.asIntN(64, exact);
    return { value, wrapped: value !== exact };
  }
  const [, sign = "", rest = ""] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return { value: 0n, wrapped: false };
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/.test(rest)) return undefined;
  let sum = 0n;
  for (const [, amount = "", unit = ""] of rest.matchAll(/([\d.]+)([a-z\u00b5\u03bc]+)/g)) {
    const [whole = "", fraction = ""] = amount.split(".");
    const one = nanoseconds[unit] ?? 0n;
    sum += BigInt(whole || "0") * one + (BigInt(fraction || "0") * one) / 10n ** BigInt(fraction.length);
  }
  if (sum > 2n ** 63n - (sign === "-" ? 0n : 1n)) return undefined;
  return { value: sign === "-" ? -sum : sum, wrapped: false };
}

/** A time as Go writes it: `1h0m0s`, `1m30s`, `100ms`. */
export function writeDuration(value: bigint): string {
  const sign = value < 0n ? "-" : "";
  const ns = value < 0n ? -value : value;
  if (ns === 0n) return "0s";
  const small = (["ns", "\u00b5s", "ms"] as const).find((_, index) => ns < 1000n ** BigInt(index + 1));
  if (small !== undefined) return `${sign}${decimal(ns, nanoseconds[small] ?? 1n)}${small}`;
  const [hours, minutes] = [ns / 3_600_000_000_000n, (ns / 60_000_000_000n) % 60n];
  const seconds = decimal(ns % 60_000_000_000n, 1_000_000_000n);
  return `${sign}${hours > 0n ? `${hours}h` : ""}${hours > 0n || minutes > 0n ? `${minutes}m` : ""}${seconds}s`;
}

function decimal(value: bigint, one: bigint): string {
  const digits = String(one).length - 1;
  const fraction = String(value % one)
    .padStart(digits, "0")
    .slice(0, digits)
    .replace(/0+$/, "");
  return digits > 0 && fraction !== "" ? `${value / one}.${fraction}` : String(value / one);
}

/** Go's TrimSpace. */
export function goTrim(text: string): string {
  return text.replace(
    /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g,
    "",
  );
}
