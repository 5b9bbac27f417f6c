/** The kinds of Go's values that a YAML scalar becomes, by their numbers in Go's `reflect`; lists in plugins carry them. */
export const goKinds = { flag: 1, int: 2, uint64: 11, float: 14, map: 21, list: 23, text: 24, time: 25 } as const;

/** A scalar as Traefik's decoder has it after YAML: as text again, or as a value that it refuses. */
export type Scalar =
  | { readonly is: "null" | "time" }
  | { readonly is: "scalar"; readonly kind: number; readonly text: string };

export const textScalar = (text: string): Scalar => ({ is: "scalar", kind: goKinds.text, text });

const fixed = new Map<string, Scalar>([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, { is: "null" }] as const),
  ...["true", "True", "TRUE"].map((word) => [word, { is: "scalar", kind: goKinds.flag, text: "true" }] as const),
  ...["false", "False", "FALSE"].map((word) => [word, { is: "scalar", kind: goKinds.flag, text: "false" }] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, floating("NaN")] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, floating("+Inf")] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, floating("-Inf")] as const),
]);

function floating(text: string): Scalar {
  return { is: "scalar", kind: goKinds.float, text };
}

/**
 * How Go's yaml.v3 reads a scalar without quotes, and paerser writes it again: numbers of every base as decimals, floats
 * with up to six digits, `1e3` as `1000`. A date is a time, which Traefik refuses. (Read in yaml.v3 3.0.1, seen on 3.7.15.)
 */
export function plainScalar(written: string): Scalar {
  const known = fixed.get(written);
  if (known) return known;
  if (!/^[-+.\d]/.test(written)) return textScalar(written);
  if (isTime(written)) return { is: "time" };
  const plain = written.startsWith(".") ? written : written.replaceAll("_", "");
  return (plain.startsWith(".") ? undefined : whole(plain)) ?? decimal(plain) ?? textScalar(written);
}

const most = { int64: 2n ** 63n - 1n, uint64: 2n ** 64n - 1n };

function whole(plain: string): Scalar | undefined {
  const [, sign = "", digits = ""] = /^([-+]?)(.*)$/s.exec(plain) ?? [];
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  if (!/^(0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+|0|[1-9]\d*)$/.test(octal)) return undefined;
  const value = BigInt(octal.toLowerCase());
  if (sign === "-") return value <= most.int64 + 1n ? int(-value) : undefined;
  if (value <= most.int64) return int(value);
  return value <= most.uint64 && sign === "" ? { is: "scalar", kind: goKinds.uint64, text: String(value) } : undefined;
}

function int(value: bigint): Scalar {
  return { is: "scalar", kind: goKinds.int, text: String(value) };
}

function decimal(plain: string): Scalar | undefined {
  if (!/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(plain)) return undefined;
  const value = Number(plain);
  if (!Number.isFinite(value)) return undefined;
  if (Object.is(value, -0)) return floating("-0");
  const text = Math.abs(value) < 1e21 ? value.toFixed(6) : String(BigInt(value));
  return floating(text.replace(/\.000000$/, ""));
}

const date =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](?=.*(?:Z|[-+]\d\d:\d\d)$)| (?=[\d:.,]*$))(\d{1,2}):(\d{1,2}):(\d{1,2})([.,]\d+)?(?:Z|[-+]\d\d:\d\d)?)?$/;

function isTime(written: string): boolean {
  const found = date.exec(written);
  if (!found) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60;
}
