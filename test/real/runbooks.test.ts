import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { pause, tell } from "../support/measure.ts";
import { tally } from "../support/network/load.ts";
import { homeAgain, pair, pairProblem, underLoad } from "../support/real/pair-lab.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { until } from "../support/until.ts";

/** docs/runbooks, as they are: each command is run on the machine of its prompt, until it answers as the page shows. */

const [before, next] = [await realTraefik("3.6.15"), await realTraefik("3.7.15")];
const missing = before.missing ?? next.missing ?? pairProblem();
const pages = readdirSync("docs/runbooks").filter((name) => name !== "README.md");

interface Step {
  readonly machine: string;
  readonly command: string;
  /** The lines that follow it. */
  readonly answer: string;
}

function stepsOf(page: string): Step[] {
  const text = readFileSync(`docs/runbooks/${page}`, "utf8");
  const blocks = [...text.matchAll(/```console\n(.*?)```/gs)].map(([, block = ""]) => block);
  return blocks.flatMap((block) =>
    block.split(/^(?=[a-z]+\$ )/m).map((step) => {
      const [first = "", ...lines] = step.trimEnd().split("\n");
      const [, machine = "", command = ""] = /^([a-z]+)\$ (.*)$/.exec(first) ?? [];
      return { machine, command, answer: lines.join("\n") };
    }),
  );
}

/** `...` stands for anything, `<same>` for what is the same all over the page, and spaces for as many. */
function fits(answer: string, said: string, same: Set<string>): boolean {
  if (answer === "<same>") return same.add(said).size === 1;
  const escaped = answer
    .split("...")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ +/g, " +"))
    .join("[^]*");
  return new RegExp(`^${escaped}$`).test(said.trimEnd());
}

async function follow({ machine, command, answer }: Step, same: Set<string>): Promise<void> {
  const run = () =>
    pair("run", machine, "bash", "-c", command).catch((error: Error & { stdout?: string; stderr?: string }) => {
      if (answer === "") throw new Error(`${machine}$ ${command}: ${error.stderr || error.message}`);
      return error.stdout ?? "";
    });
  if (answer === "") return void (await run());
  let said = "";
  const asShown = async () => {
    said = await run();
    return fits(answer, said, same);
  };
  await until(`${machine}$ ${command}`, asShown, 60_000).catch((error: Error) => {
    throw new Error(`${error.message}: answers\n${said}`);
  });
}

test.each(pages)("%s has commands, each with a prompt", (page) => {
  const steps = stepsOf(page);
  expect(steps.length).toBeGreaterThan(3);
  expect(steps.filter(({ machine }) => !["a", "b", "lb", "c"].includes(machine))).toEqual([]);
});

describe.skipIf(missing !== undefined)(titled("the runbooks, on a pair under 200 requests a second", missing), () => {
  // The page of the rollback begins where that of the upgrade ends.
  const order = pages.filter((page) => page !== "rollback.md" && page !== "rolling-upgrade.md");
  beforeEach(async () => {
    await pair("down");
    Object.assign(process.env, { TRAEFIK: before.binary, TRAEFIK_NEXT: next.binary });
    await pair("up");
    await homeAgain();
  }, 120_000);
  afterAll(() => pair("down"));

  test.each([...order.map((page) => [page]), ["rolling-upgrade.md", "rollback.md"]])(
    "%s",
    async (...all) => {
      for (const page of all) {
        const same = new Set<string>();
        const outcomes = await underLoad(200, async () => {
          for (const step of stepsOf(page)) await follow(step, same);
          await pause(1000);
        });
        const { keepalived, haproxy } = outcomes;
        const words = Object.entries({ keepalived, haproxy }).map(
          ([way, { sent, failures }]) => `${way} ${failures.length} of ${sent} failed (${tally(failures)})`,
        );
        tell(`${page}: ${words.join("; ")}`);
        expect([page, haproxy.failures]).toEqual([page, []]);
      }
    },
    600_000,
  );
});
