import { Option } from "@commander-js/extra-typings";
import { InvalidArgumentError } from "commander";
import { duration } from "../files/duration.ts";
import { traefikVersion } from "../traefik/model/version.ts";

export const configOption = () =>
  new Option(
    "-c, --config <file>",
    "the server's configuration; else $ROLLCALL_CONFIG, ./rollcall.yaml, /etc/rollcall/rollcall.yaml, or only defaults",
  );
export const outputOption = () =>
  new Option("-o, --output <format>", "how to print")
    .choices(["table", "json", "yaml"] as const)
    .default("table" as const);

export function parseTime(text: string): number {
  const { data } = duration.safeParse(text);
  if (data === undefined) throw new InvalidArgumentError('A time is text such as "90s" or "5m".');
  return data;
}

export function parsePercent(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 100) throw new InvalidArgumentError("A percentage is 0 to 100.");
  return Number(text);
}

export function parsePercents(text: string): number[] {
  return text.split(",").map(parsePercent);
}

export function parseTraefik(text: string): string {
  const { data } = traefikVersion.safeParse(text);
  if (data === undefined) throw new InvalidArgumentError('A version of Traefik is such as "3.7".');
  return data;
}
