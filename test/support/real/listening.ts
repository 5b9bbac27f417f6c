import { X509Certificate } from "node:crypto";
import { createServer } from "node:net";
import { Agent, request } from "undici";

/** A real daemon that listens by https too, on loopback, for as long as a test needs it. */
export interface Listening {
  readonly url: string;
  /** A join token for these projects, as `config trust add --restricted` prints it. */
  token(client: string, projects: readonly string[]): Promise<string>;
  /** Trusts a client's certificate, a PEM, for these projects. */
  trust(client: string, certificate: string, projects: readonly string[]): Promise<void>;
  /** The daemon's own certificate, a PEM, which names 127.0.0.1. */
  readonly certificate: string;
  /** Removes the certificates of this name. */
  forget(client: string): Promise<void>;
  close(): Promise<void>;
}

interface Envelope {
  readonly metadata: { readonly metadata: Readonly<Record<string, unknown>> };
}

export async function listenByHttps(socket: string): Promise<Listening> {
  const agent = new Agent({ connect: { socketPath: socket } });
  async function ask(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: object): Promise<unknown> {
    const sent = body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const answer = await request(new URL(path, "http://lxd"), { method, dispatcher: agent, ...sent });
    return await answer.body.json();
  }
  const listen = (address: string) => ask("PATCH", "/1.0", { config: { "core.https_address": address } });
  const address = `127.0.0.1:${await freePort()}`;
  await listen(address);
  const { environment } = ((await ask("GET", "/1.0")) as { metadata: { environment: { certificate: string } } })
    .metadata;
  return {
    url: `https://${address}`,
    certificate: environment.certificate,
    async trust(name, certificate, projects) {
      const der = new X509Certificate(certificate).raw.toString("base64");
      await ask("POST", "/1.0/certificates", { type: "client", name, certificate: der, restricted: true, projects });
    },
    async token(name, projects) {
      const wanted = { type: "client", name, token: true, restricted: true, projects };
      const { metadata } = ((await ask("POST", "/1.0/certificates", wanted)) as Envelope).metadata;
      const { request: asked, ...rest } = metadata as Record<string, unknown> & { request: { name: string } };
      return Buffer.from(JSON.stringify({ client_name: asked.name, ...rest })).toString("base64");
    },
    async forget(name) {
      const { metadata } = (await ask("GET", "/1.0/certificates?recursion=1")) as {
        metadata: readonly { readonly name: string; readonly fingerprint: string }[];
      };
      for (const one of metadata.filter((each) => each.name === name))
        await ask("DELETE", `/1.0/certificates/${one.fingerprint}`);
    },
    async close() {
      await listen("");
      await agent.destroy();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
