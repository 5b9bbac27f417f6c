import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse, stringify } from "yaml";
import { labPath } from "../support/real/lab-path.ts";
import { requirePart, titled } from "../support/real/parts.ts";
import { serving, useHouse } from "../support/server/house.ts";

/** The alert rules of docs/operations/monitoring.md, and the metrics of a server, as Prometheus's own promtool judges them. */

const found = await labPath("promtool.sh");
const missing = requirePart("promtool", "reason" in found ? found.reason : undefined);
const [, rules = ""] = /```yaml\n(groups:.*?)```/s.exec(readFileSync("docs/operations/monitoring.md", "utf8")) ?? [];
const house = useHouse();

/** Runs promtool in a directory with these files; rejects with what it says if it finds anything wrong. */
async function promtool(words: readonly string[], files: Readonly<Record<string, string>>, input = ""): Promise<void> {
  const cwd = mkdtempSync(join(tmpdir(), "rollcall-alerts-"));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const running = promisify(execFile)("binary" in found ? found.binary : "", words, { cwd });
  running.child.stdin?.end(input);
  await running;
}

interface Row {
  readonly alert: string;
  /** How many seconds it has to be so before the alert fires, and of what. */
  readonly after: number;
  readonly of: readonly Readonly<Record<string, string>>[];
  /** By series: a value each ten seconds, as promtool writes them. */
  readonly series: Readonly<Record<string, string>>;
}

const always = (value: number) => `${value}+0x200`;
const rows: readonly Row[] = [
  {
    ...{ alert: "RollcallPeerDisagrees", after: 120, of: [{ peer: "b" }] },
    series: {
      'rollcall_peer_agrees{peer="b"}': always(0),
      'rollcall_peer_agrees{peer="c"}': always(1),
      // It comes and goes.
      'rollcall_peer_agrees{peer="d"}': "0+0x10 1 0+0x10 1",
    },
  },
  {
    ...{ alert: "RollcallGone", after: 60, of: [{ job: "rollcall", instance: "a" }] },
    series: {
      'up{job="rollcall",instance="a"}': always(0),
      'up{job="rollcall",instance="b"}': always(1),
      'up{job="other",instance="c"}': always(0),
    },
  },
  {
    ...{ alert: "RollcallSourceDown", after: 60, of: [{ source: "local" }] },
    series: { 'rollcall_source_up{source="local"}': always(0), 'rollcall_source_up{source="other"}': always(1) },
  },
  {
    ...{ alert: "RollcallFilesInvalid", after: 300, of: [{ instance: "a" }] },
    series: {
      'rollcall_config_last_reload_successful{instance="a"}': always(0),
      'rollcall_config_last_reload_successful{instance="b"}': always(1),
    },
  },
  {
    ...{ alert: "RollcallMemoryUnwritten", after: 60, of: [{ instance: "a" }] },
    series: {
      'rollcall_memory_last_write_successful{instance="a"}': always(0),
      'rollcall_memory_last_write_successful{instance="b"}': always(1),
    },
  },
  {
    ...{ alert: "RollcallLocked", after: 900, of: [{ group: "web" }] },
    series: { 'rollcall_group_locked{group="web"}': always(1), 'rollcall_group_locked{group="api"}': always(0) },
  },
  {
    // The time begins at 0, at which the last poll was: more than 30 s ago it is after 40 s.
    ...{ alert: "RollcallNotPolled", after: 70, of: [{ instance: "a" }] },
    series: {
      'rollcall_last_poll_timestamp_seconds{instance="a"}': always(0),
      'rollcall_last_poll_timestamp_seconds{instance="b"}': "0+10x200",
      // One that has just started is polled within seconds; until then it says 0, which is long ago.
      'rollcall_last_poll_timestamp_seconds{instance="c"}': "-1000 -1000 20+10x200",
    },
  },
  {
    ...{ alert: "RollcallTraefikDown", after: 60, of: [{ url: "a" }] },
    series: { 'rollcall_traefik_up{url="a"}': always(0), 'rollcall_traefik_up{url="b"}': always(1) },
  },
  {
    ...{ alert: "RollcallTraefikOutdated", after: 60, of: [{ url: "a" }] },
    series: { 'rollcall_traefik_current{url="a"}': always(0), 'rollcall_traefik_current{url="b"}': always(1) },
  },
  {
    ...{ alert: "RollcallOutputFailing", after: 60, of: [{ target: "file a", state: "failing" }] },
    series: {
      'rollcall_output_state{target="file a",state="failing"}': always(1),
      'rollcall_output_state{target="file b",state="behind"}': always(1),
    },
  },
  {
    ...{ alert: "RollcallOutputUnwritten", after: 60, of: [{ target: "none writes" }] },
    series: {
      'rollcall_output_state{instance="a",target="none writes",state="standby"}': always(1),
      'rollcall_output_state{instance="b",target="none writes",state="failing"}': always(1),
      'rollcall_output_state{instance="a",target="one writes",state="standby"}': always(1),
      'rollcall_output_state{instance="b",target="one writes",state="written"}': always(1),
      'rollcall_output_state{instance="a",target="one is at it",state="standby"}': always(1),
      'rollcall_output_state{instance="b",target="one is at it",state="behind"}': always(1),
      // The writer dies, and the other one takes over when its lease has ended.
      'rollcall_output_state{instance="a",target="a turn",state="written"}': "1 1 stale",
      'rollcall_output_state{instance="b",target="a turn",state="standby"}': "1 1 1 1 1 stale",
      'rollcall_output_state{instance="b",target="a turn",state="written"}': "_ _ _ _ _ 1+0x200",
    },
  },
  {
    ...{ alert: "RollcallOutputIncomplete", after: 300, of: [{ target: "file a" }] },
    series: {
      'rollcall_output_warnings{target="file a"}': always(2),
      'rollcall_output_warnings{target="file b"}': always(0),
    },
  },
];

describe.skipIf(missing)(titled("the alert rules", missing), () => {
  test("are rules that promtool has nothing to say of", async () => {
    await promtool(["check", "rules", "--lint-fatal", "rules.yaml"], { "rules.yaml": rules });
  });

  test("have a row here each", () => {
    const { groups } = parse(rules) as { groups: { rules: { alert: string }[] }[] };
    const alerts = groups.flatMap((group) => group.rules.map(({ alert }) => alert));
    expect(rows.map(({ alert }) => alert)).toEqual(alerts);
  });

  test.each(rows)(
    "$alert fires after $after s, not before, and of nothing else",
    async ({ alert, after, of, series }) => {
      const at = (seconds: number, labels: Row["of"]) => {
        const expected = labels.map((one) => ({ exp_labels: one }));
        return { alertname: alert, eval_time: `${seconds}s`, exp_alerts: expected };
      };
      const one = {
        interval: "10s",
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: [at(after - 10, []), at(after, of), at(after + 120, of)],
      };
      const file = stringify({ rule_files: ["rules.yaml"], evaluation_interval: "10s", tests: [one] });
      await promtool(["test", "rules", "test.yaml"], { "rules.yaml": rules, "test.yaml": file });
    },
  );

  test("ask for metrics that promtool has nothing to say of, as a running server has them", async () => {
    const { at, launch, start } = house();
    at.declare("web", 1);
    await launch("web-0");
    const server = await start();
    await serving(server, 1);
    const metrics = await (await fetch(`http://${server.admin}/metrics`)).text();
    expect(metrics).toContain("rollcall_last_poll_timestamp_seconds");
    await promtool(["check", "metrics"], {}, metrics);
  });
});
