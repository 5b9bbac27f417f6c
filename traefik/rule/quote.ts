/**
 * A value as text of a rule: the one way by which a value comes into a rule that is built here. It is Go's double-quoted
 * literal in ASCII alone, so neither Go nor YAML's reader changes it. Half of a surrogate pair is no text: the rule that holds
 * it is refused by whoever reads it.
 */
export function quote(value: string): string {
  const inside = [...value].map((c) => {
    const point = c.codePointAt(0) ?? 0;
    if (c === '"' || c === "\\") return `\\${c}`;
    if (point >= 0x20 && point < 0x7f) return c;
    return point > 0xffff ? `\\U${hex(point, 8)}` : `\\u${hex(point, 4)}`;
  });
  return `"${inside.join("")}"`;
}

function hex(point: number, digits: number): string {
  return point.toString(16).padStart(digits, "0");
}
