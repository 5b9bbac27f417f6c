import { expect, test } from "vitest";
import type { GoldenStage } from "./golden-stage.ts";

/** How Traefik reaches its backends. */
export function transports(golden: () => GoldenStage): void {
  test("serversTransport shows a backend a certificate, and knows the backend by its own", async () => {
    const asked = (await golden().ask("mutual-tls.test")).asked();
    expect(asked).toMatchObject({ client: "gateway", httpVersion: "2.0", tls: expect.stringMatching(/^TLSv1\.3 /) });
    expect((await golden().ask("untrusted.test")).status).toBe(500);
    expect((await golden().ask("stranger.test")).status).toBe(500);
  });

  test("serversTransport keeps to the TLS version, the cipher suite and the HTTP version that it is told", async () => {
    expect((await golden().ask("older-tls.test")).asked()).toMatchObject({
      client: "gateway",
      httpVersion: "1.1",
      tls: "TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    });
  });

  test("serversTransport with insecureSkipVerify takes any certificate", async () => {
    expect((await golden().ask("unverified.test")).asked().client).toBe("gateway");
  });

  test("serversTransport waits for an answer no longer than responseHeaderTimeout", async () => {
    expect((await golden().ask("impatient.test")).status).toBe(504);
  });

  test("a server of the scheme h2c is asked by HTTP/2 without TLS", async () => {
    expect((await golden().ask("h2c.test")).asked()).toMatchObject({ httpVersion: "2.0" });
  });
}
