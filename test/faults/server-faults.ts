import { mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { pause } from "../attack/siege.ts";
import { until } from "../support/until.ts";
import type { Fault, Stage } from "./stage.ts";

/** What happens to files, to the state directory, to the server, to pollers and to drains. */

const file = (at: Stage, name: string) => join(at.at.path, name);

/** A file holds something else for a while. */
function holds(name: string, what: string, text: (before: string) => string | Uint8Array): Fault {
  let before = "";
  return {
    name: `${name} ${what} for two seconds`,
    async happen(at) {
      before = readFileSync(file(at, name), "utf8");
      writeFileSync(file(at, name), text(before));
      await pause(2000);
    },
    async end(at) {
      writeFileSync(file(at, name), before);
    },
  };
}

/** A directory is elsewhere for a while. */
function away(name: string, what: string, meanwhile: (path: string) => void): Fault {
  return {
    name: `${name} ${what} for two seconds`,
    async happen(at) {
      renameSync(file(at, name), file(at, `${name}.away`));
      meanwhile(file(at, name));
      await pause(2000);
    },
    async end(at) {
      rmSync(file(at, name), { recursive: true, force: true });
      renameSync(file(at, `${name}.away`), file(at, name));
    },
  };
}

export const fileFaults: readonly Fault[] = [
  holds("groups/web.yaml", "is written by half", (text) => text.slice(0, -8)),
  holds("groups/web.yaml", "is empty", () => ""),
  holds("groups/web.yaml", "holds NUL bytes", () => "\u0000".repeat(4096)),
  holds("groups/web.yaml", "has an unknown key", (text) => `${text}repliccas: 2\n`),
  holds("routes/shop.yaml", "is written by half", (text) => text.slice(0, text.length - 20)),
  {
    name: "groups/web.yaml is gone for 100 ms, as while an editor saves it",
    async happen(at) {
      const text = readFileSync(file(at, "groups/web.yaml"));
      unlinkSync(file(at, "groups/web.yaml"));
      await pause(100);
      writeFileSync(file(at, "groups/web.yaml"), text);
    },
  },
  {
    name: "groups/ has a file that is written every 40 ms for two seconds",
    async happen(at) {
      for (let n = 0; n < 50; n++) {
        writeFileSync(file(at, "groups/busy.yaml"), `# ${n}\nname: web\n`);
        await pause(40);
      }
    },
    async end(at) {
      rmSync(file(at, "groups/busy.yaml"));
    },
  },
  away("groups", "is gone", () => undefined),
  away("groups", "is empty, as if it were not mounted", (path) => mkdirSync(path)),
  away("routes", "is gone", () => undefined),
];

/** The server ends, and the next one starts. */
function restarts(name: string, how: (at: Stage) => Promise<unknown>, more: Partial<Fault> = {}): Fault {
  return {
    name,
    async happen(at) {
      await how(at);
    },
    mayLock: true,
    within: 10,
    ...more,
  };
}

export const serverFaults: readonly Fault[] = [
  restarts("the server is ended and started", (at) => at.restart("SIGTERM")),
  restarts("the server is killed and started", (at) => at.restart("SIGKILL")),
  restarts("the server is killed three times", async (at) => {
    for (let n = 0; n < 3; n++) await at.restart("SIGKILL");
  }),
  restarts("the server is killed while LXD is away, and starts before it is back", async (at) => {
    await at.lxd.goAway();
    await at.restart("SIGKILL");
    await pause(3000);
    await at.lxd.comeBack();
  }),
  restarts(
    "the server is killed while web-0 restarts",
    async (at) => {
      const restarting = at.driver.restart("web-0", { force: true });
      await pause(100);
      await at.restart("SIGKILL");
      await restarting;
    },
    { concerns: ["web-0"] },
  ),
  restarts(
    "web-0 is made again while the server is away",
    (at) =>
      at.restart("SIGKILL", async () => {
        await at.driver.remove("web-0");
        await at.driver.launch("web-0", { config: { "user.rollcall.group": "web" } });
      }),
    { concerns: ["web-0"] },
  ),
  restarts("the state file is cut by half before a start", (at) =>
    at.restart("SIGKILL", async () => {
      const path = file(at, "state/memory.json");
      const text = readFileSync(path, "utf8");
      writeFileSync(path, text.slice(0, text.length / 2));
    }),
  ),
  restarts("the state directory is gone before a start", (at) =>
    at.restart("SIGKILL", async () => rmSync(file(at, "state"), { recursive: true })),
  ),
  {
    name: "the server is stopped for three seconds (SIGSTOP)",
    async happen(at) {
      at.signal("SIGSTOP");
      await pause(3000);
      at.signal("SIGCONT");
    },
  },
  {
    name: "the state directory is gone while the server runs",
    async happen(at) {
      rmSync(file(at, "state"), { recursive: true });
      await at.look();
    },
  },
];

/** Opens connections, sends them the same bytes, and closes them after a while. */
function clients(name: string, count: number, bytes: string, ms = 2000): Fault {
  return {
    name,
    async happen(at) {
      const [host = "", port = ""] = at.provider().split(":");
      const sockets = Array.from({ length: count }, () => connect(Number(port), host));
      for (const socket of sockets) {
        socket.on("error", () => undefined);
        socket.write(bytes);
        socket.pause();
      }
      await pause(ms);
      for (const socket of sockets) socket.destroy();
    },
    within: 15,
  };
}
const poll = (query: string) => `GET /traefik${query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

export const pollerFaults: readonly Fault[] = [
  clients("500 pollers that never read their answers", 500, poll("").repeat(20)),
  clients("500 connections that say nothing", 500, ""),
  clients("300 polls that are held and cut", 300, poll("?hold=60s"), 500),
  clients("200 pollers that send half a request", 200, "GET /traefik HTTP/1.1\r\nHo"),
  clients("200 pollers that send garbage", 200, "\u0000\u0001\u0002\r\n\r\n"),
];

/** Something happens while web-0 is drained; afterwards the drain is taken back. */
function drained(name: string, meanwhile: (at: Stage) => Promise<unknown>, more: Partial<Fault> = {}): Fault {
  return {
    name,
    async happen(at) {
      const body = { targets: ["web-0"], by: "the fault table", grace: "1s", for: "1m" };
      const answer = await at.write("POST", body);
      if (!answer.ok) throw new Error(await answer.text());
      await until("web-0 is out", async () => {
        const document = await (await fetch(`http://${at.provider()}/traefik?hold=off`)).text();
        return !document.includes(`//${await at.addressOf("web-0")}:`);
      });
      await meanwhile(at);
    },
    async end(at) {
      await at.write("DELETE", { targets: ["web-0"], ifPresent: true });
    },
    concerns: ["web-0"],
    within: 60,
    ...more,
  };
}

export const drainFaults: readonly Fault[] = [
  drained("a drain is taken back", () => pause(500)),
  drained("the drained instance is killed and started", async ({ driver }) => {
    await driver.stop("web-0", { force: true });
    await driver.start("web-0");
  }),
  {
    ...drained("the drained instance is made again under its name, and its mark ends", async ({ driver }) => {
      await driver.remove("web-0");
      await driver.launch("web-0", { config: { "user.rollcall.group": "web" } });
    }),
    async end() {},
  },
  drained(
    "the server is killed while web-0 is drained, and still has the mark",
    async (at) => {
      await at.restart("SIGKILL");
      const marks = async () =>
        (await (await fetch(`http://${at.admin()}/api/status`)).text()).includes("the fault table");
      await until("the mark is there", marks);
    },
    { mayLock: true, within: 10 },
  ),
  drained("LXD is away while web-0 is drained", async ({ lxd }) => {
    await lxd.goAway();
    await pause(1000);
    await lxd.comeBack();
  }),
  {
    name: "a mark is past its deadline",
    async happen(at) {
      await at.write("POST", { targets: ["web-0"], by: "the fault table", grace: "1s", for: "1s" });
      await pause(1500);
    },
    concerns: ["web-0"],
    within: 60,
  },
  {
    name: "a drain of everyone is refused",
    async happen(at) {
      const answer = await at.write("POST", { targets: ["web", "api", "db"] });
      if (answer.status !== 409) throw new Error(`it was answered ${answer.status}`);
    },
  },
  {
    name: "a hundred writes with a wrong token",
    async happen(at) {
      const headers = { authorization: "Bearer wrong", "content-type": "application/json" };
      const body = JSON.stringify({ targets: ["web"], force: true });
      for (let n = 0; n < 100; n++) {
        const answer = await fetch(`http://${at.admin()}/api/drains`, { method: "POST", headers, body });
        if (answer.status !== 401) throw new Error(`it was answered ${answer.status}`);
      }
    },
  },
];
