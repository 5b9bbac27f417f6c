import { goDuration, goFlag, goInt, goTrim, writeDuration } from "./go-scalars.ts";
import { type DecoderNode, separator } from "./node.ts";
import { alter, type Path, type Report, refuse } from "./report.ts";

export function fillText(node: DecoderNode, path: Path, report: Report): string {
  if (node.written !== "scalar") {
    const read = node.value === "" ? "no text" : `the text "${node.value.slice(0, 20)}"`;
    alter(report, path, node, `is a ${node.written}, and is read as ${read}`);
  }
  return node.value;
}

export function fillFlag(node: DecoderNode, path: Path, report: Report): boolean {
  const flag = goFlag(node.value);
  if (flag === undefined) refuse(report, path, node, "must be true or false");
  return flag ?? false;
}

/** Whole numbers of 64 bits. Those that JavaScript holds exactly are numbers, others are bigints. */
export function fillWhole(node: DecoderNode, path: Path, report: Report): number | bigint {
  const whole = goInt(node.value);
  if (whole === undefined) refuse(report, path, node, "must be a whole number of 64 bits");
  return asNumber(whole ?? 0n);
}

export function asNumber(whole: bigint): number | bigint {
  return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
}

export function fillDuration(node: DecoderNode, path: Path, report: Report): string {
  const duration = goDuration(node.value);
  if (duration === undefined)
    refuse(report, path, node, 'must be whole seconds, or text such as "10s", "500ms", "1m30s"');
  if (duration?.wrapped) alter(report, path, node, "is more than 292 years, and wraps around");
  return writeDuration(duration?.value ?? 0n);
}

/** A list of texts, or one text with commas. Undefined if nothing that makes a list is written. */
export function fillTexts(node: DecoderNode, path: Path, report: Report): string[] | undefined {
  if (node.children.length > 0 || node.written === "map") alter(report, path, node, "holds a map, which is left out");
  if (node.value === "") return undefined;
  const parts = node.value.split(separator);
  const cut = node.written === "list" ? parts.length - 2 > node.items.length : parts.length > 1;
  if (cut) alter(report, path, node, `holds U+2551, at which Traefik splits`);
  const items = (parts.length < 2 ? node.value.split(",") : parts.slice(2)).map(goTrim);
  // A certificate in a block of lines ends with a line break, which is not reported.
  const isTrimmed = (item: string, index: number) => item !== node.items[index] && !item.startsWith("-----BEGIN ");
  if (node.written === "list" && !cut && items.some(isTrimmed))
    alter(report, path, node, "holds spaces around an item, which are left out");
  return items;
}
