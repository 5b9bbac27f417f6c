import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pause } from "../support/measure.ts";
import { graceful, openRig, type Rig, repeated, type Settings } from "../support/real/gapless.ts";
import { group, type Row, rate } from "../support/real/gapless-load.ts";
import {
  deleteInTurn,
  replaceByPlan,
  restartInTurn,
  rollout,
  scale,
  scaleByFile,
  size,
  stopInTurn,
} from "../support/real/gapless-rows.ts";
import { realParts } from "../support/real/parts.ts";
import { realTerraform } from "../support/real/terraform-parts.ts";
import { gaplessPage, type Line } from "./gapless-page.ts";
import { joins } from "./joins.ts";
import type { Result } from "./report.ts";

/** Longer than a request takes, by what a busy machine takes longer. */
const grace = ["--grace", "6s"];
const images = ["web-v2", "web"] as const;
const late = { "environment.PORT_AFTER": "1", "environment.HEALTH_AFTER": "2" };
const first: Settings = {
  replicas: size,
  image: "web",
  ready: { http: "/health" },
  rollout: { maxUnavailable: 2 },
  config: { ...graceful, ...late },
  router: {},
  loadBalancer: {},
};

/** Does something on a rig and adds a row to the line of that name. */
type Measure = (name: string, act: (rig: Rig) => Promise<unknown>) => Promise<void>;

/**
 * A long run on the real LXD, Traefik and terraform: so many scale-downs, rollouts and drains, and what else ends a replica, under
 * a steady load; then some of it without ready and drain. Writes docs/gapless.md.
 */
export async function gapless(rounds: number, tell: (...results: Result[]) => void): Promise<void> {
  const { socket, binary, missing } = await realParts();
  const terraform = await realTerraform();
  const lacking = missing ?? terraform.missing;
  if (lacking !== undefined) throw new Error(`the bench gapless needs the real parts: ${lacking}`);
  const lines: Line[] = [];
  let lxd = "";
  const on = async (settings: Settings, both: boolean, run: (rig: Rig, measure: Measure) => Promise<void>) => {
    const rig = await openRig({ socket, project: "rollcall-gapless", binary }, terraform, settings);
    const { environment } = (await rig.driver.ask("GET", "")) as { environment: { server_version: string } };
    lxd = environment.server_version;
    const own = new Map<string, Row[]>();
    const measure: Measure = async (name, act) => {
      const rows = own.get(name) ?? [];
      if (!own.has(name)) lines.push({ name, both, rows });
      own.set(name, rows);
      rows.push(await rig.under(`${name}${both ? "" : ", without"} (${rows.length + 1})`, () => act(rig)));
    };
    await run(rig, measure).finally(() => rig.close());
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
      gaplessPage(lines, { versions, rate, grace: grace[1] ?? "" }),
    );
  };
  await on({ ...first, ready: undefined }, false, async (rig, measure) => {
    await withNeither(rig, measure, rounds);
    tell(...(await joins(rig)));
  });
  await on(first, true, (rig, measure) => withBoth(rig, measure, rounds, write));

  const kept = lines.filter(({ both }) => both).flatMap(({ rows }) => rows);
  const sum = (of: (row: Row) => number) => kept.reduce((total, row) => total + of(row), 0);
  tell({ name: "requests with ready and drain", value: sum(({ sent }) => sent), unit: "" });
  tell({ name: "of these failed", value: sum(({ failed }) => failed), unit: "", target: { most: 0 } });
}

/** Writes after each round: a run that is interrupted has shown something. */
async function withBoth(rig: Rig, measure: Measure, rounds: number, write: () => void) {
  const others = Math.ceil(rounds / 20);
  for (let i = 0; i < others; i++) {
    await measure("`lxc stop`, each in turn", () => stopInTurn(rig));
    await measure("`lxc restart`, each in turn", () => restartInTurn(rig));
    await measure("drain and `lxc delete -f`, each in turn", () => deleteInTurn(rig, ...grace));
  }
  await scale(rig, 5);
  for (let i = 0; i < others; i++) await measure("5 to 2 and back by the file alone", () => scaleByFile(rig));
  await scale(rig, size, ...grace);
  for (let i = 0; i < rounds; i++) {
    await measure("scale from 3 to 5", () => scale(rig, 5));
    await measure("scale from 5 to 3", () => scale(rig, size, ...grace));
    await measure("rollout of 3 replicas", () => rollout(rig, images[i % 2] ?? "web", ...grace));
    await measure("`drain --plan`, then terraform replaces one", () =>
      replaceByPlan(rig, `${group}-${i % size}`, ...grace),
    );
    write();
  }
}

async function withNeither(rig: Rig, measure: Measure, rounds: number) {
  const none = ["--no-drain"];
  for (let i = 0; i < Math.ceil(rounds / 20); i++) {
    await scale(rig, 5);
    await measure("scale from 5 to 3", () => scale(rig, size, ...none));
    await measure("rollout of 3 replicas", () => rollout(rig, images[i % 2] ?? "web", ...none));
    await measure("`lxc restart`, each in turn", () => restartInTurn(rig));
    await measure("`lxc stop -f`, each in turn", () => stopInTurn(rig, true));
  }
  rig.attempts(2);
  rig.declare({ replicas: size, router: repeated.router, loadBalancer: repeated.loadBalancer });
  rig.declare({ ready: { http: "/health" } });
  for (const attempts of [2, 8]) {
    rig.attempts(attempts);
    // A changed file counts when two readings agree, and Traefik asks once a second.
    await pause(5000);
    for (let i = 0; i < 3; i++) {
      await measure(`\`lxc stop -f\` of one, retry with ${attempts} attempts`, async () => {
        await rig.driver.stop(`${group}-1`, { force: true });
        await rig.has(size - 1);
      });
      await rig.driver.start(`${group}-1`);
      await rig.has(size);
    }
  }
}
