import { type ConnectionOptions, connect } from "node:tls";
import { expect, test } from "vitest";
import type { GoldenStage } from "./golden-stage.ts";

/** What is answered over TLS. */
export function tls(golden: () => GoldenStage): void {
  /** What was agreed upon, once a request was answered; rejects where it was not. */
  function handshake(servername: string, options: ConnectionOptions = {}) {
    const { certificates, ports } = golden();
    const ca = certificates.ca.cert;
    const socket = connect({
      port: ports.web,
      host: "127.0.0.1",
      servername,
      ca,
      rejectUnauthorized: false,
      ...options,
    });
    return new Promise<{ name: string; protocol: string; suite: string; alpn: string }>((resolve, reject) => {
      socket.once("data", () => {
        const name = String(socket.getPeerCertificate().subject.CN);
        const [protocol, suite] = [String(socket.getProtocol()), String(socket.getCipher().standardName)];
        resolve({ name, protocol, suite, alpn: String(socket.alpnProtocol) });
        socket.destroy();
      });
      socket.once("error", reject);
      socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\n\r\n`);
    });
  }
  const shown = async (name: string) => (await handshake(name)).name;
  const overTls = (host: string, tls: object = {}) => golden().ask(host, { tls });

  test("certificates are chosen by name, and others get the store's default", async () => {
    expect([await shown("one.test"), await shown("other.test"), await shown("domains.test")]).toEqual([
      "one.test",
      "other.test",
      "fallback.test",
    ]);
    expect((await overTls("one.test")).asked().headers["x-forwarded-proto"]).toBe("https");
    expect((await golden().ask("one.test")).status).toBe(404);
  });

  test("options: minVersion refuses an older client, and curves are as listed", async () => {
    await expect(handshake("new.test", { maxVersion: "TLSv1.2" })).rejects.toThrow(/protocol version/i);
    await expect(handshake("new.test", { ecdhCurve: "P-256" })).rejects.toThrow(/handshake failure/i);
    expect(await handshake("new.test", { ecdhCurve: "X25519" })).toMatchObject({ protocol: "TLSv1.3" });
  });

  test("options: maxVersion, cipher suite and protocols are as listed", async () => {
    expect(await handshake("old.test", { ALPNProtocols: ["h2", "http/1.1"] })).toMatchObject({
      protocol: "TLSv1.2",
      suite: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
      alpn: "http/1.1",
    });
    await expect(handshake("old.test", { ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" })).rejects.toThrow(
      /handshake failure/i,
    );
  });

  test("options: sniStrict refuses a name that no certificate is for", async () => {
    await expect(handshake("strict.test")).rejects.toThrow(/alert/i);
  });

  test("options: clientAuth demands a certificate, and passTLSClientCert passes it on", async () => {
    await expect(handshake("client.test")).rejects.toThrow(/certificate required/i);
    const { visitor } = golden().certificates;
    const own = { ...visitor, rejectUnauthorized: false };
    const { headers } = (await overTls("client.test", own)).asked();
    const pem = visitor.cert.replace(/-----[A-Z ]+-----|\n/g, "");
    expect(decodeURIComponent(headers["x-forwarded-tls-client-cert"] ?? "").split(",")[0]).toBe(pem);
    const info = (await overTls("client-info.test", own)).asked().headers["x-forwarded-tls-client-cert-info"] ?? "";
    const said = decodeURIComponent(info);
    expect(said).toMatch(/Subject="DC=test,C=NZ,ST=Otago,L=Dunedin,O=Shop,OU=Desk,SN=7,CN=ann"/);
    expect(said).toMatch(/Issuer="CN=ca.test"/);
    expect(said).toMatch(/SAN="ann.test"/);
    expect(said).toMatch(/SerialNumber="\d+";NB="\d+";NA="\d+"/);
  });
}
