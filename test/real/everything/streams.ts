import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { sayUdp } from "../../support/network/streams.ts";
import { until } from "../../support/until.ts";
import type { GoldenStage } from "./golden-stage.ts";

/** TCP and UDP. */
export function streams(golden: () => GoldenStage): void {
  const plain = (from: string) => connectTcp({ port: golden().ports.tcp, host: "127.0.0.1", localAddress: from });
  /** What is answered to somebody who comes from that address; empty where the connection ends. */
  const say = (words: string, from = "127.0.1.100") => exchange(plain(from), words);
  function secure(servername: string, options: ConnectionOptions = {}): TLSSocket {
    const { certificates, ports } = golden();
    return connectTls({ port: ports.tcpTls, host: "127.0.0.1", servername, ca: certificates.ca.cert, ...options });
  }
  async function times(count: number, ask: () => Promise<string>) {
    const counts: Record<string, number> = {};
    for (let i = 0; i < count; i++) {
      const [name = ""] = (await ask()).split(" ");
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  test("TCP: HostSNI(`*`) is answered, and ClientIP chooses by address", async () => {
    expect(await say("hello")).toBe("one hello");
    expect(await say("hello", "127.0.1.8")).toBe("gateway hello");
  });

  test("TCP: ipAllowList and ipWhiteList end what comes from elsewhere", async () => {
    expect([await say("hello", "127.0.1.1"), await say("hello", "127.0.1.2")]).toEqual(["", ""]);
  });

  test("TCP: inFlightConn lets one connection at once through", async () => {
    const first = plain("127.0.1.3");
    expect(await exchange(first, "first", false)).toBe("one first");
    expect(await say("second", "127.0.1.3")).toBe("");
    first.destroy();
    await until("the next one is let in", async () => (await say("third", "127.0.1.3")) === "one third");
  });

  test("TCP: weighted shares connections out", async () => {
    expect(await times(8, () => say("hello", "127.0.1.4"))).toEqual({ one: 6, two: 2 });
  });

  test("TCP: healthCheck says a word and waits for another, and without it nobody is served", async () => {
    const { tcpHealth } = golden().backends;
    await until("it was asked", () => tcpHealth.asked.includes("are you well"));
    expect(await say("hello", "127.0.1.5")).toBe("one hello");
    await tcpHealth.close();
    await until("it is ill", async () => (await say("hello", "127.0.1.5")) === "");
  });

  test("TCP: proxyProtocol tells the backend who comes, as text of the service and as bytes of its serversTransport", async () => {
    const { tcp } = golden().ports;
    expect(await say("hello", "127.0.1.6")).toMatch(new RegExp(`^one PROXY TCP4 127.0.1.6 127.0.0.1 \\d+ ${tcp}\r\n`));
    expect(await say("hello", "127.0.1.7")).toMatch(/^one \r\n\r\n\0\r\nQUIT\n/);
  });

  test("TCP: serversTransport reaches a backend over TLS with a certificate of its own, or takes any", async () => {
    expect([await say("hello", "127.0.1.8"), await say("hello", "127.0.1.9")]).toEqual([
      "gateway hello",
      "gateway hello",
    ]);
  });

  test("TCP: TLS ends at Traefik, with the certificate of the name", async () => {
    const socket = secure("one.test");
    expect(await exchange(socket, "hello")).toBe("one hello");
  });

  test("TCP: TLS is passed through, so that the backend sees the client's certificate", async () => {
    expect(await exchange(secure("backend.test", golden().certificates.visitor), "hello")).toBe("ann hello");
  });

  test("TCP: ALPN chooses by protocol", async () => {
    const by = (protocol: string) => exchange(secure("other.test", { ALPNProtocols: [protocol] }), "hello");
    expect([await by("mine"), await by("other")]).toEqual(["one hello", "two hello"]);
  });

  test("UDP: loadBalancer and weighted share sessions out", async () => {
    const { udp, udpWeighted } = golden().ports;
    expect(await times(4, () => sayUdp(udp, "hello", 2000))).toEqual({ one: 2, two: 2 });
    expect(await times(6, () => sayUdp(udpWeighted, "hello", 2000))).toEqual({ one: 4, two: 2 });
  });
}

/** The first that is answered; empty where the connection ends before that. */
function exchange(socket: Socket, words: string, closes = true): Promise<string> {
  return new Promise((resolve) => {
    const done = (answer: string) => {
      resolve(answer);
      if (closes) socket.destroy();
    };
    socket.setTimeout(2000, () => done("nothing"));
    socket.on("data", (chunk) => done(chunk.toString()));
    socket.on("close", () => done(""));
    socket.on("error", () => done(""));
    socket.write(words);
  });
}
