import { type Command, InvalidArgumentError, Option, type OptionValues } from "@commander-js/extra-typings";
import { durationPattern, milliseconds } from "../files/milliseconds.ts";
import { versionPattern } from "../traefik/model/version.ts";
import type { Scaling } from "./scale.ts";

export const configOption = () =>
  new Option(
    "-c, --config <file>",
    "the server's configuration; else $ROLLCALL_CONFIG, ./rollcall.yaml, /etc/rollcall/rollcall.yaml, or the defaults",
  );
export const outputOption = () =>
  new Option("-o, --output <format>", "how to print")
    .choices(["table", "json", "yaml"] as const)
    .default("table" as const);

export const pipelineOptions = <A extends unknown[], O extends OptionValues>(command: Command<A, O>) =>
  command
    .addOption(configOption())
    .option("-y, --yes", "ask nobody", false)
    .addOption(graceOption())
    .option("--no-drain", "end instances without taking them out of the load balancer first")
    .addOption(withoutPeerOption())
    .option("--lock-timeout <time>", "how long to wait while another run is at work, such as 5m", parseWaiting, "0s");

export const deployOptions = <A extends unknown[], O extends OptionValues>(command: Command<A, O>) =>
  pipelineOptions(command)
    .option("--force", "apply even if more replicas go away than maxUnavailable allows", false)
    .option("--no-wait", "end after the apply, without asking the server")
    .addOption(staleOption())
    .addOption(timeoutOption("5m"));

export const staleOption = () =>
  new Option("--allow-stale", "take what a source said last while it can't be read").default(false);

export const timeOption = <const Flags extends string>(flags: Flags, words: string, usual: string) =>
  new Option(flags, words).argParser(parseTime).default(milliseconds(usual), usual);

export const timeoutOption = (usual: string) =>
  timeOption("--timeout <time>", "how long to wait for the roll call, such as 90s or 5m", usual);

export const graceOption = () =>
  timeOption("--grace <time>", "how long requests in flight are given before an instance is stopped", "10s");

export const withoutPeerOption = () =>
  new Option(
    "--without-peer <url...>",
    "drain without waiting for that peer, whose Traefiks may then still send requests: one that is gone for good",
  );

export const planOption = () =>
  new Option(
    "--plan <file>",
    "the instances that a plan ends: what `terraform show -json PLAN` prints; - is standard input",
  );

export function parseTime(text: string): number {
  if (!durationPattern.test(text)) throw new InvalidArgumentError('A time is written as "90s", "5m" or "1h".');
  return milliseconds(text);
}

/** Terraform reads it too, as it is written. */
function parseWaiting(text: string): string {
  return `${parseTime(text)}ms`;
}

export function parsePercent(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 100) throw new InvalidArgumentError("A percentage is 0 to 100.");
  return Number(text);
}

export function parsePercents(text: string): number[] {
  return text.split(",").map(parsePercent);
}

export function parseTraefik(text: string): string {
  if (!versionPattern.test(text)) throw new InvalidArgumentError('A version of Traefik is such as "3.7".');
  return text;
}

/** Reads the arguments `web=5 api=2`, one with each call. Throws InvalidArgumentError. */
export function parseScaling(text: string, before: readonly Scaling[] = []): Scaling[] {
  const [, group, replicas] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  if (group === undefined || replicas === undefined)
    throw new InvalidArgumentError("Write a group and a number of replicas, such as web=5.");
  if (before.some((one) => one.group === group)) throw new InvalidArgumentError(`${group} is named twice.`);
  return [...before, { group, replicas: Number(replicas) }];
}
