import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { tellOfTheRollout, tellOfTheScaling, tellOfTheStop } from "./demo/changes.ts";
import { createEnding, type Ending } from "./demo/ending.ts";
import { copyFleet } from "./demo/fleet.ts";
import { byHand, byVerbs } from "./demo/hands.ts";
import { createHome } from "./demo/home.ts";
import { chooseStage, chooseTerraform, chooseTraefik, launchMost, type Setting, startBoth } from "./demo/parts.ts";
import { createSay, time } from "./demo/say.ts";
import { type Cast, tellOfTheLock, tellOfTheReplicas, tellOfTheUnlock } from "./demo/story.ts";
import { tellOfAnswers, tellOfTheStatus, tellWhatToTry, tellWhereThingsAre } from "./demo/summary.ts";
import { watch } from "./demo/watch.ts";

/** `npm run demo`: shows what rollcall does, on this machine, in a minute, and leaves nothing behind. */

const usage = `usage: npm run demo [-- --once]
  --once   end after the story, instead of staying until Ctrl-C

  ROLLCALL_DEMO=embedded|lxd|incus   which daemon to use; else a real LXD or Incus if one can be used, else the embedded daemon
`;

async function demo(setting: Setting, once: boolean): Promise<void> {
  const { say, home, ending } = setting;
  say.heading("The parts");
  const stage = await chooseStage(setting);
  const fleet = await copyFleet(home.path, stage.project);
  const traefik = await chooseTraefik(setting);
  const terraform = await chooseTerraform(setting);
  say.tell(`Files     ${home.path}, with the logs; removed when the demo ends`);
  say.tell("You can try each command below from another terminal in this directory, after:");
  say.command("alias rollcall='npx tsx cli/main.ts'");
  if (terraform !== undefined) say.command(`export TF_CLI_CONFIG_FILE=${terraform.TF_CLI_CONFIG_FILE}`);
  const began = Date.now();
  const hands = terraform === undefined ? byHand(stage, say) : byVerbs(() => rollcall, say);
  await launchMost(setting, hands, fleet);
  const { rollcall, front } = await startBoth(setting, stage, fleet, traefik, terraform);
  const cast: Cast = { say, ending, stage, fleet, hands, rollcall, front };
  await tellOfTheLock(cast);
  await tellOfTheUnlock(cast);
  await tellOfTheReplicas(cast);
  await tellOfTheScaling(cast);
  if (hands.verbs) await tellOfTheRollout(cast);
  await tellOfTheStop(cast);
  await tellOfTheStatus(cast);
  await tellOfAnswers(cast);
  tellWhereThingsAre(cast);
  say.measured(`all of this took ${time(Date.now() - began)}`);
  if (once) return;
  tellWhatToTry(cast);
  // From here on, a signal is the usual way to end.
  await watch(rollcall, say, ending.signal).catch((error: Error) => {
    if (ending.by() === undefined) throw error;
  });
}

async function main(once: boolean): Promise<number> {
  const say = createSay(process.stdout, process.env);
  const ending: Ending = createEnding();
  const home = createHome();
  ending.after(home.path, home.clear);
  let code = 0;
  try {
    await demo({ say, home, ending }, once);
  } catch (error) {
    // A failed request may only be the first sign that a program ended, which is the better reason to report.
    await sleep(200, undefined, { signal: ending.signal }).catch(() => {});
    ending.fail(error as Error);
    const by = ending.by();
    code = by === undefined ? 1 : 128 + constants.signals[by];
    if (by === undefined) complain([`The demo failed: ${(ending.signal.reason as Error).message}`, ...home.tails()]);
  }
  say.plain("Ending the demo: removing replicas, Traefik, rollcall and files.");
  const problems = await ending.undo();
  if (problems.length === 0) say.plain("Nothing is left.");
  else complain(problems.map((problem) => `left behind: ${problem}`));
  return problems.length > 0 ? 1 : code;
}

function complain(lines: readonly string[]): void {
  process.stderr.write(`\n${lines.join("\n")}\n`);
}

/** Whether to end after the story; undefined if the usage was printed. */
function readArguments(): boolean | undefined {
  try {
    const options = { once: { type: "boolean", default: false }, help: { type: "boolean", short: "h" } } as const;
    const { values } = parseArgs({ options });
    if (values.help !== true) return values.once;
    process.stdout.write(usage);
  } catch (error) {
    complain([(error as Error).message, "", usage]);
    process.exitCode = 64;
  }
  return undefined;
}

const once = readArguments();
if (once !== undefined) process.exit(await main(once));
