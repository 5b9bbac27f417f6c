import { createServer, type Server, type Socket } from "node:net";
import { pause } from "../attack/siege.ts";
import { until } from "../support/until.ts";
import { lying } from "./daemon-faults.ts";
import type { Fault, Stage } from "./stage.ts";

/** What happens to instances, and what their ports answer. */

function happens(name: string, happen: (at: Stage) => Promise<unknown>, more: Partial<Fault> = {}): Fault {
  return {
    name,
    async happen(at) {
      await happen(at);
    },
    ...more,
  };
}
const force = { force: true };

/** One after the other: one that leaves twice within a minute joins later and later. */
const turns = ["web-0", "web-1", "web-2", "api-0", "api-1", "db-0"];
let turn = 0;

/** Something happens to one of the instances. */
function to(what: string, happen: (at: Stage, who: string) => Promise<unknown>, more: Partial<Fault> = {}): Fault {
  const who = turns[turn++ % turns.length] ?? "";
  return happens(`${who} ${what}`, (at) => happen(at, who), { concerns: [who], within: 15, ...more });
}
const tagOf = (name: string) => ({ config: { "user.rollcall.group": name.replace(/-\d+$/, "") } });
const stopped = ({ driver }: Stage, who: string) =>
  until("it is stopped", async () => (await driver.state(who)).status === "Stopped");

export const instanceFaults: readonly Fault[] = [
  happens("a snapshot freezes web-0 for a moment", ({ driver }) => driver.snapshot("web-0")),
  happens("ten snapshots of web-0 in a row", async ({ driver }) => {
    for (let n = 0; n < 10; n++) await driver.snapshot("web-0", `s${n}`);
  }),
  to("is frozen by a person for three seconds", async ({ driver }, who) => {
    await driver.freeze(who);
    await pause(3000);
    await driver.unfreeze(who);
  }),
  to("is stopped and started", async ({ driver }, who) => {
    await driver.stop(who);
    await driver.start(who);
  }),
  to("is stopped by force and started", async ({ driver }, who) => {
    await driver.stop(who, force);
    await driver.start(who);
  }),
  to("crashes and is started", async (at, who) => {
    await at.lxd.guest(who).crash();
    await stopped(at, who);
    await at.driver.start(who);
  }),
  to("powers off by itself and is started", async (at, who) => {
    await at.lxd.guest(who).poweroff();
    await stopped(at, who);
    await at.driver.start(who);
  }),
  to("is deleted and made again", async ({ driver }, who) => {
    await driver.remove(who);
    await driver.launch(who, tagOf(who));
  }),
  happens("web-7, which no file declares, comes and goes", async ({ driver }) => {
    await driver.launch("web-7", tagOf("web-7"));
    await pause(1000);
    await driver.remove("web-7");
  }),
  happens("a stranger comes and goes", async ({ driver }) => {
    await driver.launch("stranger-0");
    await pause(500);
    await driver.remove("stranger-0");
  }),
  happens("web-0 answers /health with 503 for three seconds", async ({ lxd }) => {
    lxd.guest("web-0").setHealthy(false);
    await pause(3000);
    lxd.guest("web-0").setHealthy(true);
  }),
  happens("all of web answer /health with 503 for three seconds", async ({ lxd }) => {
    for (const name of ["web-0", "web-1", "web-2"]) lxd.guest(name).setHealthy(false);
    await pause(3000);
    for (const name of ["web-0", "web-1", "web-2"]) lxd.guest(name).setHealthy(true);
  }),
  to("restarts and answers 503 for three seconds", async ({ lxd, driver }, who) => {
    await driver.restart(who, force);
    lxd.guest(who).setHealthy(false);
    await pause(3000);
    lxd.guest(who).setHealthy(true);
  }),
  to("loses its tag for a second", async ({ driver }, who) => {
    await driver.setConfig(who, { "user.rollcall.group": "" });
    await pause(1000);
    await driver.setConfig(who, tagOf(who).config);
  }),
  happens(
    "api-0 and api-1 restart at once",
    ({ driver }) => Promise.all(["api-0", "api-1"].map((name) => driver.restart(name, force))),
    { concerns: ["api-0", "api-1"], within: 15 },
  ),
  to(
    "restarts five times, and joins late",
    async ({ driver }, who) => {
      for (let n = 0; n < 5; n++) await driver.restart(who, force);
    },
    { within: 60 },
  ),
];

/** An instance shows an address where something else answers: it is not to be served there. */
function elsewhere(what: string, answer: (socket: Socket) => void, host: string): Fault {
  const who = ["web-0", "web-1", "web-2"][Number(host.slice(-1)) % 3] ?? "";
  let server: Server | undefined;
  const fault = lying(
    `${who} moves to an address whose port ${what}`,
    (all) =>
      all.map((one) => {
        for (const each of (one.name === who && one.state?.network?.eth0?.addresses) || [])
          if (each.scope === "global") each.address = host;
        return one;
      }),
    { concerns: [who], within: 30 },
  );
  return {
    ...fault,
    never: `//${host}:`,
    async happen(at) {
      server = createServer((socket) => {
        socket.on("error", () => undefined);
        answer(socket);
      });
      await new Promise<void>((done) => server?.listen(3000, host, done));
      await fault.happen(at);
    },
    async end(at) {
      server?.close();
      await fault.end?.(at);
    },
  };
}

const http = (head: string) => `HTTP/1.1 ${head}\r\nConnection: close\r\n`;

export const portFaults: readonly Fault[] = [
  elsewhere("accepts and answers nothing", () => undefined, "127.78.0.1"),
  elsewhere("resets each connection", (socket) => socket.resetAndDestroy(), "127.78.0.2"),
  elsewhere("answers garbage", (socket) => void socket.end("\u0000\u0001\u0002 what\r\n\r\n"), "127.78.0.3"),
  elsewhere("answers 500", (socket) => void socket.end(`${http("500 No")}Content-Length: 0\r\n\r\n`), "127.78.0.4"),
  elsewhere(
    "answers a byte each 100 ms",
    (socket) => {
      const timer = setInterval(() => socket.write("H"), 100);
      socket.on("close", () => clearInterval(timer));
    },
    "127.78.0.6",
  ),
  elsewhere(
    "sends headers without end",
    (socket) => {
      socket.write(http("200 OK"));
      const timer = setInterval(() => socket.write(`X: ${"x".repeat(10_000)}\r\n`), 10);
      socket.on("close", () => clearInterval(timer));
    },
    "127.78.0.7",
  ),
  elsewhere(
    "redirects to itself without end",
    (socket) => void socket.end(`${http("302 Found")}Location: /health\r\nContent-Length: 0\r\n\r\n`),
    "127.78.0.9",
  ),
  elsewhere("answers half a response and ends", (socket) => void socket.end("HTTP/1.1 20"), "127.78.0.8"),
];
