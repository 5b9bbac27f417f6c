import { Resolver } from "node:dns/promises";
import { createVisitor, type Visitor } from "./visitor.ts";

/**
 * Asks a name server for the addresses of a name, keeps the answer for its TTL, and makes each request to one of them at random: many
 * visitors, each with an address of its own. None tries the other address, and none stays with a connection.
 */
export function createResolvingVisitor(name: string, server: string, patience: number): Visitor {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([server]);
  const visitors = new Map<string, Visitor>();
  let kept: Promise<string[]> | undefined;

  async function resolve(): Promise<string[]> {
    const records = await resolver.resolve4(name, { ttl: true });
    const ttl = Math.min(...records.map((record) => record.ttl));
    setTimeout(forget, ttl * 1000).unref();
    return records.map(({ address }) => address);
  }
  function forget() {
    kept = undefined;
  }
  return {
    async visit(path) {
      kept ??= resolve();
      try {
        const addresses = await kept;
        const at = addresses[Math.floor(Math.random() * addresses.length)] ?? "";
        const visitor = visitors.get(at) ?? createVisitor(at, undefined, patience, true);
        visitors.set(at, visitor);
        return await visitor.visit(path);
      } catch (error) {
        forget();
        return `no address: ${(error as NodeJS.ErrnoException).code}`;
      }
    },
    close: async () => void (await Promise.all([...visitors.values()].map((visitor) => visitor.close()))),
  };
}
