import { connect } from "node:net";
import type { Row, Siege } from "./siege.ts";

/** What a client of Traefik's listener sends. */

export function httpRows(): Row[] {
  const get = (target: string, ...fields: string[]) =>
    `GET ${target} HTTP/1.1\r\n${["Host: x", ...fields].join("\r\n")}\r\n\r\n`;
  const requests: Record<string, string> = {};
  for (const method of [
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PRI",
    "QUERY",
    "get",
    "\u0000",
  ])
    requests[`the method ${JSON.stringify(method)}`] = `${method} /traefik HTTP/1.1\r\nHost: x\r\n\r\n`;
  const targets = [
    "*",
    "//",
    "/../../etc/passwd",
    "/traefik/..",
    "/%2e%2e/",
    "/%00",
    "/traefik%00",
    "http://x/traefik",
    "?",
    "/traefik?hold",
  ];
  const holds = ["-1s", "1e9s", "999999h", "NaN", "off&hold=60s", "%ff", "0x10s", "60s&hold=60s", "🎈"];
  for (const target of [...targets, ...holds.map((hold) => `/traefik?hold=${hold}`)])
    requests[`the target ${target}`] = get(target, "Connection: close");
  for (const name of [
    "%0d%0aX:y",
    "%1b[2J",
    "x".repeat(8000),
    "__proto__",
    "constructor",
    "",
    "%00",
    "..%2f..",
    "%ff%fe",
  ])
    requests[`the name ${name.slice(0, 20)}`] = get(`/traefik?hold=off&name=${name}`, "Connection: close");
  const fields: Record<string, string[]> = {
    "a User-Agent with terminal escapes": ["User-Agent: \u001b]0;x\u0007"],
    "a User-Agent of 15,000 letters": [`User-Agent: ${"x".repeat(15_000)}`],
    "a header of 100,000 letters": [`X: ${"x".repeat(100_000)}`],
    "3,000 headers": Array.from({ length: 3000 }, (_, n) => `X-${n}: y`),
    "two lengths": ["Content-Length: 5", "Content-Length: 6"],
    "a length and chunks": ["Content-Length: 5", "Transfer-Encoding: chunked"],
    "a negative length": ["Content-Length: -1"],
    "a huge length": ["Content-Length: 99999999999999999999"],
    "an unknown encoding": ["Transfer-Encoding: gzip, chunked, identity"],
    "an upgrade to h2c": ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
    "an upgrade to WebSocket": ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x"],
    "an expectation": ["Expect: 100-continue"],
    "an expectation of anything": ["Expect: anything"],
    "If-None-Match of everything": ["If-None-Match: *"],
    "If-None-Match of 10,000 marks": [`If-None-Match: ${'"x",'.repeat(3000)}`],
    "every encoding": ["Accept-Encoding: *;q=0, gzip;q=NaN, ;;;,,"],
    "a range": ["Range: bytes=0-0,5-,-1"],
    "a folded header": ["X: a\r\n b"],
    "a header with a bare CR": ["X: a\rb"],
    "a header with NUL": ["X: a\u0000b"],
    "two hosts": ["Host: y"],
    "a foreign host": ["Host: evil.example"],
  };
  for (const [what, lines] of Object.entries(fields)) requests[what] = get("/traefik?hold=off", ...lines);
  const raw: Record<string, string> = {
    "no HTTP at all": "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
    "a line without end": "x".repeat(200_000),
    "HTTP/0.9": "GET /traefik\r\n",
    "HTTP/9.9": "GET /traefik HTTP/9.9\r\nHost: x\r\n\r\n",
    "no host": "GET /traefik HTTP/1.1\r\n\r\n",
    "half a request": "GET /traefik HTTP/1.1\r\nHost:",
    "a request in a body": `POST /traefik HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n${get("/traefik")}`,
    "a bad chunk": "POST /traefik HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "1,000 requests at once": get("/traefik?hold=off").repeat(1000),
    "200 held polls at once": get("/traefik?hold=60s").repeat(200),
  };
  return [
    ...Object.entries({ ...requests, ...raw }).map(([what, text]) =>
      row(`a client sends ${what}`, (at) => send(at, text)),
    ),
    row("500 clients connect and say nothing", async (at) => {
      await Promise.all(Array.from({ length: 500 }, () => send(at, "")));
    }),
    row("300 polls are held and cut", async (at) => {
      await Promise.all(Array.from({ length: 300 }, () => send(at, get("/traefik?hold=60s"))));
    }),
  ];
}

function row(name: string, attack: (at: Siege) => Promise<void>): Row {
  return { name, attack };
}

/** Sends bytes, waits for the end of the connection or a quarter of a second, and leaves. */
function send({ provider }: Siege, text: string): Promise<void> {
  const [host = "", port] = provider.split(":");
  return new Promise((done) => {
    const socket = connect(Number(port), host, () => socket.write(text, "latin1"));
    const timer = setTimeout(() => socket.destroy(), 250);
    socket.on("data", () => {});
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      done();
    });
  });
}
