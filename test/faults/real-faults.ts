import { pause } from "../attack/siege.ts";
import { until } from "../support/until.ts";
import { type Fault, replicas, type Stage } from "./stage.ts";

/** What happens to instances of a real LXD, and between it and the server. */

type Happening = (at: Stage, who: string) => Promise<unknown>;
const force = { force: true };
const tag = (name: string) => ({ "user.rollcall.group": name.replace(/-\d+$/, "") });

function row(name: string, happen: (at: Stage) => Promise<unknown>, more: Partial<Fault> = {}): Fault {
  return {
    name: `LXD: ${name}`,
    async happen(at) {
      await happen(at);
    },
    ...more,
  };
}

/** One replica after the other: one that leaves twice within a minute joins later and later. */
let turn = 0;
function to(what: string, happen: Happening, more: Partial<Fault> = {}): Fault {
  const who = replicas[turn++ % replicas.length] ?? "";
  return row(`${who} ${what}`, (at) => happen(at, who), { concerns: [who], within: 60, ...more });
}

/** Something is wrong between the server and the daemon, for three seconds unless said otherwise. */
function relayed(
  what: string,
  begin: Happening,
  end: (at: Stage) => void,
  { seconds = 3, ...more }: Partial<Fault> & { readonly seconds?: number } = {},
): Fault {
  return row(
    what,
    async (at) => {
      await begin(at, "");
      await pause(1000 * seconds);
      end(at);
    },
    { within: 25, ...more },
  );
}

async function inside({ driver }: Stage, name: string, line: string) {
  const body = { command: ["/bin/sh", "-c", line], "wait-for-websocket": false, interactive: false };
  await driver.ask("POST", `/instances/${name}/exec?project=${driver.project}`, body);
}

export const realFaults: readonly Fault[] = [
  row("a snapshot of web-0", ({ driver }) => driver.snapshot("web-0", "s0")),
  row("three snapshots of web-1 in a row", async ({ driver }) => {
    for (let n = 0; n < 3; n++) await driver.snapshot("web-1", `s${n}`);
  }),
  row("web-0 is described by other words and gets labels that mean nothing", async ({ driver }) => {
    const path = `/instances/web-0?project=${driver.project}`;
    await driver.ask("PATCH", path, { description: "\u0007 not [a] {description" });
    await driver.setConfig("web-0", { "user.traefik.http.routers..rule": "Host(`", "user.rollcall.weight": "much" });
    await pause(1000);
    await driver.setConfig("web-0", { "user.traefik.http.routers..rule": "", "user.rollcall.weight": "" });
  }),
  row("an instance that no file declares comes and goes", async ({ driver }) => {
    await driver.launch("web-7", { config: tag("web-7") });
    await driver.remove("web-7");
  }),
  to("is stopped and started", async ({ driver }, who) => {
    await driver.stop(who);
    await driver.start(who);
  }),
  to("is stopped by force and started", async ({ driver }, who) => {
    await driver.stop(who, force);
    await driver.start(who);
  }),
  to("is restarted", ({ driver }, who) => driver.restart(who, force)),
  to("is deleted by force and made again", async ({ driver }, who) => {
    await driver.remove(who);
    await driver.launch(who, { config: tag(who) });
  }),
  to("is frozen by a person and resumed", async ({ driver }, who) => {
    await driver.freeze(who);
    await pause(2000);
    await driver.unfreeze(who);
  }),
  to("loses its address and gets it again", async (at, who) => {
    await inside(at, who, "ip -4 addr flush dev eth0");
    await pause(2000);
    await inside(at, who, "ip addr add $(cat /run/address)/24 dev eth0");
  }),
  to("has its link down for two seconds", async (at, who) => {
    await inside(
      at,
      who,
      "ip link set eth0 down; sleep 2; ip link set eth0 up; ip addr replace $(cat /run/address)/24 dev eth0",
    );
  }),
  to("has its first process killed and is started", async (at, who) => {
    await inside(at, who, "kill -TERM 1").catch(() => undefined);
    // It is listed as stopped before LXD has ended its own stop.
    await until("it is stopped", async () => (await at.driver.state(who)).status === "Stopped");
    const started = () =>
      at.driver.start(who).then(
        () => true,
        () => false,
      );
    await until("it starts", started);
  }),
  row("the server program of web-2 is killed, which starts it again", (at) => inside(at, "web-2", "killall nc; true")),
  to("loses its tag for a second", async ({ driver }, who) => {
    await driver.setConfig(who, { "user.rollcall.group": "" });
    await pause(1000);
    await driver.setConfig(who, tag(who));
  }),
  to("is renamed and gets its name back", async ({ driver }, who) => {
    await driver.stop(who, force);
    const move = (from: string, name: string) =>
      driver.ask("POST", `/instances/${from}?project=${driver.project}`, { name });
    await move(who, "other-0");
    await move("other-0", who);
    await driver.start(who);
  }),
  row(
    "all but one are restarted at once",
    ({ driver }) => Promise.all(replicas.slice(1).map((name) => driver.restart(name, force))),
    { concerns: replicas.slice(1), within: 60 },
  ),
  relayed(
    "every connection is refused",
    async ({ relay }) => relay.disconnect(),
    ({ relay }) => relay.connect(),
  ),
  relayed(
    "nothing is answered",
    async ({ relay }) => relay.hold(true),
    ({ relay }) => relay.hold(false),
  ),
  relayed(
    "nothing is answered for 12 s, longer than a listing may take",
    async ({ relay }) => relay.hold(true),
    ({ relay }) => relay.hold(false),
    { seconds: 12 },
  ),
  relayed(
    "event streams are cut",
    async ({ relay }) => relay.cutStreams(),
    ({ relay }) => relay.allowStreams(),
  ),
  relayed(
    "two listings are cut by half",
    async ({ relay }) => relay.halveListings(2),
    ({ relay }) => relay.halveListings(0),
  ),
  relayed(
    "api-0 restarts while event streams are cut",
    async ({ relay, driver }) => {
      relay.cutStreams();
      await driver.restart("api-0", force);
    },
    ({ relay }) => relay.allowStreams(),
    { concerns: ["api-0"], within: 60 },
  ),
];
