import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { gaplessParts, graceful, images, openRig, type Rig, type Settings } from "../support/real/gapless.ts";
import { group, type Row, rate } from "../support/real/gapless-load.ts";
import {
  deleteInTurn,
  destroyBeside,
  grace,
  healthy,
  killOne,
  most,
  replaceByPlan,
  restartInTurn,
  rollout,
  scale,
  scaleByDeploy,
  scaleByFile,
  size,
  stopInTurn,
} from "../support/real/gapless-rows.ts";
import { gaplessPage, type Line } from "./gapless-page.ts";
import { joins } from "./joins.ts";
import type { Result } from "./report.ts";

const late = { "environment.PORT_AFTER": "1", "environment.HEALTH_AFTER": "2" };
const first: Settings = {
  replicas: size,
  image: images[0],
  ready: { http: "/health" },
  rollout: { maxUnavailable: 2 },
  config: { ...graceful, ...late },
  router: {},
  loadBalancer: {},
};

/** Where the lines of what is measured go: each under its name, in one of the page's tables. */
type Add = (name: string, table: Line["table"], act: (title: string) => Promise<Row>) => Promise<void>;

/**
 * A long run on the real LXD, Traefik and terraform: so many scale-downs, rollouts and drains, and what else ends a replica, under
 * a steady load; then some of it without ready and drain. Writes docs/gapless.md.
 */
export async function gapless(rounds: number, tell: (...results: Result[]) => void): Promise<void> {
  const parts = await gaplessParts();
  const { binary, terraform, missing } = parts;
  if (missing !== undefined) throw new Error(`the bench gapless needs the real parts: ${missing}`);
  const lines: (Line & { rows: Row[] })[] = [];
  let lxd = "";
  const add: Add = async (name, table, act) => {
    const line = lines.find((one) => one.name === name && one.table === table) ?? { name, table, rows: [] };
    if (line.rows.length === 0) lines.push(line);
    line.rows.push(await act(`${name}, ${table} (${line.rows.length + 1})`));
  };
  const on = async (settings: Settings, run: (rig: Rig) => Promise<void>) => {
    const rig = await openRig(parts, settings);
    const { environment } = (await rig.driver.ask("GET", "")) as { environment: { server_version: string } };
    lxd = environment.server_version;
    await run(rig).finally(() => rig.close());
  };

  const versionOf = (command: string, pattern: RegExp) =>
    pattern.exec(execFileSync(command, ["version"], { encoding: "utf8", env: terraform.environment }))?.[1] ?? "";
  const provider = terraform.standIn ? "the stand-in provider" : "the provider terraform-lxd/lxd";
  const write = () => {
    const versions = [
      `Node ${process.version.slice(1)}`,
      `Traefik ${versionOf(binary, /^Version:\s+(\S+)/m)}`,
      `LXD ${lxd}`,
      `Terraform ${versionOf(terraform.binary, /v(\S+)/)} with ${provider}`,
    ];
    writeFileSync(
      resolve(import.meta.dirname, "../../docs/gapless.md"),
      gaplessPage(lines, { versions, rate, grace: (grace[1] ?? "").replace(/\D/, " $&") }),
    );
  };
  await on({ ...first, ready: undefined }, async (rig) => {
    await without(rig, add, rounds);
    tell(...(await joins(rig)));
  });
  await on(first, async (rig) => {
    await withBoth(rig, add, rounds, write);
    await killed(rig, add);
    await add("`rollcall destroy` of the group, seen by an instance with labels", "with", async (title) => {
      const [, other] = await destroyBeside(rig, ["the destroyed group", title]);
      return other as Row;
    });
    write();
  });

  const kept = lines.filter(({ table }) => table === "with").flatMap(({ rows }) => rows);
  const sum = (of: (row: Row) => number) => kept.reduce((total, row) => total + of(row), 0);
  tell({ name: "requests with ready and drain", value: sum(({ sent }) => sent), unit: "" });
  tell({ name: "of these failed", value: sum(({ failed }) => failed), unit: "", target: { most: 0 } });
}

/** Writes after each round: a run that is interrupted has shown something. */
async function withBoth(rig: Rig, add: Add, rounds: number, write: () => void) {
  const measure = (name: string, act: (rig: Rig) => Promise<unknown>) =>
    add(name, "with", (title) => rig.under(title, () => act(rig)));
  const others = Math.ceil(rounds / 20);
  for (let i = 0; i < others; i++) {
    await measure("`lxc stop`, each in turn", stopInTurn);
    await measure("`lxc restart`, each in turn", restartInTurn);
    await measure("drain and `lxc delete -f`, each in turn", deleteInTurn);
  }
  for (let i = 0; i < rounds; i++) {
    await measure("rollout of 3 replicas", () => rollout(rig, images[(i + 1) % 2] ?? images[0], ...grace));
    await measure("`drain --plan`, then terraform replaces one", () => replaceByPlan(rig, `${group}-${i % size}`));
    await scale(rig, most);
    await measure("5 to 2 and back by deploys", scaleByDeploy);
    if (i < others) await measure("5 to 2 and back by the file alone", scaleByFile);
    await scale(rig, size, "--grace", "1s");
    write();
  }
}

async function without(rig: Rig, add: Add, rounds: number) {
  const measure = (name: string, act: (rig: Rig) => Promise<unknown>) =>
    add(name, "without", (title) => rig.under(title, () => act(rig)));
  const none = ["--no-drain"];
  for (let i = 0; i < Math.ceil(rounds / 20); i++) {
    await scale(rig, most);
    await healthy(rig);
    await measure("5 to 3 by a deploy", () => scale(rig, size, ...none));
    await measure("rollout of 3 replicas", () => rollout(rig, images[(i + 1) % 2] ?? images[0], ...none));
    await measure("`lxc restart`, each in turn", restartInTurn);
    await measure("`lxc stop -f`, each in turn", () => stopInTurn(rig, true));
  }
}

async function killed(rig: Rig, add: Add) {
  for (let i = 0; i < 3; i++) {
    await add("two attempts", "killed", (title) => killOne(rig, title, false));
    await add("two attempts and `passiveHealthCheck`", "killed", (title) => killOne(rig, title, true));
  }
}
