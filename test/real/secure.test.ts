import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tell } from "../support/measure.ts";
import { type CertificateFiles, certificateFiles } from "../support/network/certificate-files.ts";
import { opensslMissing } from "../support/network/certificates.ts";
import { realTraefik, titled } from "../support/real/parts.ts";
import { useHouse } from "../support/server/house.ts";
import type { Rollcall } from "../support/server/rollcall.ts";
import { startTraefik, type Traefik } from "../support/traefik/traefik.ts";
import { until } from "../support/until.ts";

const { binary, missing: noTraefik } = await realTraefik();
const missing = noTraefik ?? (await opensslMissing());
const house = useHouse();
const secret = "sesame-sesame-sesame";
const wrong = "wrong-wrong-wrong-wrong";

describe.skipIf(missing !== undefined)(titled("the real Traefik and a provider listener with TLS", missing), () => {
  let files: CertificateFiles;
  let count = 0;
  const running: Traefik[] = [];
  beforeAll(async () => {
    files = await certificateFiles();
  });
  afterAll(async () => {
    await Promise.all(running.map((one) => one.stop()));
    files.clear();
  });

  async function traefik({ provider }: Rollcall, settings: object): Promise<Traefik> {
    const file = files.at(`traefik-${++count}.yml`);
    const http = { file, settings: { pollInterval: "200ms", ...settings } };
    const one = await startTraefik({ binary, endpoint: `https://${provider}/traefik`, http });
    running.push(one);
    return one;
  }
  const server = async () => {
    const { at, launch, start } = house();
    files.put("live.crt", files.pairs.server.cert);
    files.put("live.key", files.pairs.server.key);
    files.put("live-token", `${secret}\n`);
    at.declare("web", 2);
    await launch("web-0", "web-1");
    const started = await start({
      provider: {
        listen: "127.0.0.1:0",
        tls: { certificate: files.at("live.crt"), key: files.at("live.key"), clients: files.at("ca.crt") },
        token: files.at("live-token"),
      },
    });
    await until("it is ready", () => started.log().includes('"published"'));
    return started;
  };
  const has = (one: Traefik, servers: number) =>
    until(`${servers} servers`, async () => (await one.servers("web"))?.length === servers);
  const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
  const right = () => ({
    ...bearer(secret),
    tls: { ca: files.at("ca.crt"), cert: files.at("client.crt"), key: files.at("client.key") },
  });
  /** The name in the certificate that the listener shows now. */
  const shown = ({ provider }: Rollcall) =>
    new Promise<string>((resolve, reject) => {
      const port = Number(provider.split(":")[1]);
      const socket = connect({ host: "127.0.0.1", port, ca: files.pairs.ca.cert }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.once("error", reject);
    });

  test("polls with its authority, token and certificate; each wrong one has its sentence in the log, and the token is nowhere", async () => {
    const rollcall = await server();
    const good = await traefik(rollcall, right());
    await has(good, 2);
    const { ca, cert, key } = right().tls;
    const stranger = { ca, cert: files.at("stranger-client.crt"), key: files.at("stranger-client.key") };
    const refused: [object, string][] = [
      [{ ...right(), tls: { cert, key } }, "a client does not trust this certificate"],
      [{ tls: right().tls }, "a client was refused: it sent no token"],
      [{ ...right(), ...bearer(wrong) }, "a client was refused: it sent a wrong token"],
      [{ ...right(), tls: { ca } }, "a client was refused: it showed no certificate"],
      // Traefik shows none that the authorities of the listener did not sign.
      [{ ...right(), tls: stranger }, "a client was refused: it showed no certificate"],
    ];
    const bad: Traefik[] = [];
    for (const [settings, words] of refused) {
      const one = await traefik(rollcall, settings);
      bad.push(one);
      await until(words, () => rollcall.log().includes(words));
      await until("Traefik says so", () => /fetch configuration data|received non-ok response/i.test(one.log()));
      expect(await one.servers("web")).toBeUndefined();
    }
    for (const words of new Set(refused.map(([, words]) => words)))
      expect(rollcall.log().split(words).length - 1, words).toBe(1);
    const [status, metrics] = await Promise.all(
      ["/api/status", "/metrics"].map(async (path) => (await fetch(`http://${rollcall.admin}${path}`)).text()),
    );
    const processes = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => {
        try {
          return readFileSync(`/proc/${name}/cmdline`, "utf8");
        } catch {
          return "";
        }
      });
    expect(processes.some((line) => line.includes("traefik"))).toBe(true);
    for (const text of [status ?? "", metrics ?? "", rollcall.log(), ...processes])
      expect(text.includes(secret) || text.includes(wrong)).toBe(false);
    expect(status).toContain('"live":true');
    tell(`Traefik's own log holds the token: ${good.log().includes(secret)}`);
  }, 120_000);

  test("misses no poll while the certificate is replaced, and a bad one changes nothing", async () => {
    const rollcall = await server();
    const one = await traefik(rollcall, right());
    await has(one, 2);
    expect(await shown(rollcall)).toBe("one");
    const problem = async () => (await rollcall.status()).listeners[0]?.problem ?? "";
    files.put("live.crt", files.pairs.newer.cert);
    await until("it is said", async () => /live.key is not the key of/.test(await problem()), 20_000);
    expect(await shown(rollcall)).toBe("one");
    await house().driver.stop("web-1");
    await has(one, 1);
    files.put("live.key", files.pairs.newer.key);
    await until("the new one is shown", async () => (await shown(rollcall)) === "two", 20_000);
    expect(await problem()).toBe("");
    await house().driver.start("web-1");
    await has(one, 2);
    const later = await traefik(rollcall, right());
    await has(later, 2);
    expect(one.log()).not.toMatch(/cannot fetch|non-ok/i);
    expect(rollcall.log()).not.toMatch(/a client (was refused|does not trust)/);
    expect(rollcall.log().match(/is not used: the previous one stays in use/g)).toHaveLength(1);
    files.put("live-token", "another-another-another\n");
    await until("the previous token is refused", () => /it sent a wrong token/.test(rollcall.log()), 20_000);
  }, 120_000);
});
