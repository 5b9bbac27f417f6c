import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createProbes, type Probes } from "../../../server/probes/probes.ts";
import { askOnce } from "../../../server/probes/question.ts";
import { type Answers, type Target, targetKey } from "../../../server/roll-call/answers.ts";
import { makeCertificates, opensslMissing } from "../../support/network/certificates.ts";
import { until } from "../../support/until.ts";

let open: Server[] = [];
let sockets: Socket[] = [];
let stop = new AbortController();
let probes: Probes;
let answers: Answers = new Map();
let reports = 0;
const asked: string[] = [];
let running: Promise<void>;

beforeEach(() => {
  [open, sockets, answers, reports] = [[], [], new Map(), 0];
  stop = new AbortController();
  asked.length = 0;
  probes = createProbes({ ask: askOnce, onProbe: (result) => void asked.push(result) });
  running = probes.run((now) => {
    answers = now;
    reports++;
  }, stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
  for (const socket of sockets) socket.destroy();
  await Promise.all(open.map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listening(server: Server, port = 0, host = "127.0.0.1"): Promise<number> {
  server.on("connection", (socket) => void sockets.push(socket.on("error", () => {})));
  open.push(server);
  server.listen(port, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
const http = (listener: RequestListener) => listening(createHttpServer(listener));
const raw = (onSocket: (socket: Socket) => void) => listening(createServer(onSocket));

type Asking = Partial<Target["question"]>;
const pace = { interval: 100, timeout: 500, rise: 1 };
const place = { source: "local", project: "default", address: "127.0.0.1" };
const tcp = (port: number, more: Asking = {}): Target =>
  ({ ...place, instance: `tcp-${port}`, question: { by: "tcp", port, ...pace, ...more } }) as Target;
const get = (port: number, more: Asking = {}): Target =>
  ({
    ...place,
    instance: `http-${port}`,
    question: { by: "http", scheme: "http", path: "/health", statuses: [200, 399], port, ...pace, ...more },
  }) as Target;

const answerOf = (target: Target) => answers.get(targetKey(target));
const answered = (target: Target, state: string) => until(state, () => answerOf(target)?.state === state);
const said = (target: Target) => until("a failure", () => answerOf(target)?.detail);

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  open = open.filter((one) => one !== server);
  return port;
}

describe("a target is ready", () => {
  test("when its port opens, though it refused before", async () => {
    const port = await closedPort();
    probes.ask([tcp(port)]);
    expect(await said(tcp(port))).toBe(`port ${port} refuses connections`);
    await listening(createServer(), port);
    await answered(tcp(port), "ready");
    expect(answerOf(tcp(port))?.detail).toBe("");
  });

  test("when a status of its range is answered, and not by a redirect's target or another status", async () => {
    let status = 503;
    const port = await http((request, response) => {
      expect(request.headers["user-agent"]).toBe("rollcall");
      response.writeHead(request.url === "/health" ? status : 200, { Location: "/" }).end("words of a guest");
    });
    const target = get(port, { statuses: [200, 299] } as Asking);
    probes.ask([target]);
    expect(await said(target)).toBe(`GET /health on port ${port} answered 503`);
    status = 302;
    await until("a redirect", () => answerOf(target)?.detail.endsWith("302"));
    expect(answerOf(target)?.state).toBe("asking");
    status = 204;
    await answered(target, "ready");
  });

  test("after as many good answers in a row as `rise` says", async () => {
    let count = 0;
    // Every third answer is bad until the seventh.
    const port = await http((_, response) => response.writeHead(++count < 7 && count % 3 === 0 ? 500 : 200).end());
    const target = get(port, { rise: 3, interval: 20 });
    probes.ask([target]);
    await answered(target, "ready");
    expect(count).toBeGreaterThanOrEqual(9);
  });

  test("under the Host that its group asks for", async () => {
    const port = await http((request, response) =>
      response.writeHead(request.headers.host === "shop.example" ? 200 : 421).end(),
    );
    probes.ask([get(port, { host: "shop.example" } as Asking)]);
    await answered(get(port, { host: "shop.example" } as Asking), "ready");
  });
});

describe("a target is not ready", () => {
  test.each<[string, (socket: Socket) => void, RegExp]>([
    ["that never answers", () => {}, /^GET \/health on port \d+ did not answer within 0.5 s$/],
    ["that closes at once", (socket) => socket.destroy(), /^GET \/health on port \d+: /],
    ["that closes within the answer", (socket) => socket.end("HTTP/1.1 20"), /^GET \/health on port \d+: /],
    ["that upgrades to another protocol", (socket) => socket.end("HTTP/1.1 101 No\r\nUpgrade: x\r\n\r\n"), /port \d+/],
    [
      "that announces an answer without end",
      (socket) => {
        const timer = setInterval(() => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"), 1);
        socket.on("close", () => clearInterval(timer));
      },
      /^GET \/health on port \d+ gives no final answer$/,
    ],
    ["that does not speak HTTP", (socket) => socket.end("220 mail\r\n"), /: the answer is not HTTP$/],
    [
      "whose header never ends",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\n");
        const timer = setInterval(() => socket.write(`X-A: ${"a".repeat(1000)}\r\n`), 1);
        socket.on("close", () => clearInterval(timer));
      },
      /: the answer is not HTTP$/,
    ],
    [
      "that drips",
      (socket) => {
        const timer = setInterval(() => socket.write("H"), 100);
        socket.on("close", () => clearInterval(timer));
      },
      /did not answer within 0.5 s|not HTTP/,
    ],
  ])("%s", async (_, behave, words) => {
    const target = get(await raw((socket) => behave(socket.on("error", () => {}))));
    probes.ask([target]);
    expect(await said(target)).toMatch(words);
    expect(answerOf(target)?.state).toBe("asking");
  });

  test("that answers and then fails, unless `fall` allows it some failures", async () => {
    let status = 200;
    const port = await http((_, response) => response.writeHead(status).end());
    const [strict, lenient] = [get(port), { ...get(port, { fall: 3 }), instance: "lenient" }];
    probes.ask([strict, lenient]);
    await answered(strict, "ready");
    await answered(lenient, "ready");
    status = 500;
    await answered(strict, "asking");
    await answered(lenient, "fallen");
    status = 200;
    await answered(lenient, "ready");
  });
});

const noOpenssl = await opensslMissing();

test.skipIf(noOpenssl)("a certificate may say anything, and what is no TLS is said", async () => {
  const plain = get(await http((_, response) => response.end()), { scheme: "https" } as Asking);
  const garbage = get(await raw((socket) => socket.end("220 mail\r\n".repeat(9))), { scheme: "https" } as Asking);
  const { own } = await makeCertificates({ own: { subject: "/CN=other.test" } });
  const https = createHttpsServer(own, (_, response) => response.end());
  const good = get(await listening(https), { scheme: "https", host: "shop.example" } as Asking);
  probes.ask([plain, garbage, good]);
  await answered(good, "ready");
  for (const one of [plain, garbage])
    expect(await said(one)).toMatch(/^GET \/health on port \d+: TLS could not be agreed on$/);
});

test("an IPv6 address is asked under its name in brackets", async () => {
  let host: string | undefined;
  const server = createHttpServer((request, response) => {
    host = request.headers.host;
    response.end();
  });
  const port = await listening(server, 0, "::1");
  const target = { ...get(port), address: "::1" };
  probes.ask([target]);
  await answered(target, "ready");
  expect(host).toBe(`[::1]:${port}`);
});

test("an endless body is not read", async () => {
  let sent = 0;
  const port = await raw((socket) => {
    socket.on("error", () => {});
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const more = () => {
      if (!socket.destroyed && socket.write(Buffer.alloc(65_536))) setImmediate(more);
      sent += 65_536;
    };
    socket.on("drain", more);
    more();
  });
  probes.ask([get(port, { interval: 60_000 })]);
  await answered(get(port, { interval: 60_000 }), "ready");
  await until("the connection is closed", () => sockets.every(({ destroyed }) => destroyed));
  expect(sent).toBeLessThan(64 * 1024 * 1024);
});

test("an answer is forgotten with its target, and asked for again", async () => {
  const port = await http((_, response) => response.end());
  probes.ask([get(port)]);
  await answered(get(port), "ready");
  probes.ask([]);
  expect(probes.size()).toBe(0);
  const other = await closedPort();
  probes.ask([get(port), tcp(other)]);
  await said(tcp(other));
  expect(answers.size).toBe(2);
  await answered(get(port), "ready");
});

test("an open question is taken back with its target", async () => {
  const target = get(await raw((socket) => void socket.resume()), { timeout: 60_000 });
  probes.ask([target]);
  await until("it is asked", () => sockets.length > 0);
  probes.ask([]);
  await until("the connection is closed", () => sockets.every(({ destroyed }) => destroyed));
});

test("targets that never answer make nobody wait, and a thousand answers are a few reports", async () => {
  const silent = await raw(() => {});
  const never = Array.from({ length: 180 }, (_, index) => ({
    ...get(silent, { timeout: 60_000 }),
    instance: `silent-${index}`,
  }));
  probes.ask(never);
  await until("all of them are asked", () => sockets.length === 180, 60_000);
  const port = await http((_, response) => response.end());
  const quick = Array.from({ length: 1000 }, (_, index) => ({
    ...tcp(port, { interval: 60_000, timeout: 60_000 }),
    instance: `quick-${index}`,
  }));
  probes.ask([...never, ...quick]);
  await until("all are ready", () => quick.every((target) => answerOf(target)?.state === "ready"), 50_000);
  expect(asked).not.toContain("late");
  expect(reports).toBeLessThan(500);
});

test("a thousand that appear at once leave others their turn", async () => {
  const port = await http((_, response) => response.end());
  const all = Array.from({ length: 1000 }, (_, index) => ({ ...tcp(port), instance: `all-${index}` }));
  let turns = 0;
  let isOver = false;
  function turn() {
    turns++;
    if (!isOver) setImmediate(turn);
  }
  probes.ask(all);
  setImmediate(turn);
  await until("all were asked", () => asked.length >= 1000, 60_000);
  isOver = true;
  // Eight are begun between two turns at most.
  expect(turns).toBeGreaterThan(1000 / 8 / 2);
});
