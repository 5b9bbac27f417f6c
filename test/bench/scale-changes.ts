import { Agent, WebSocket } from "undici";
import { tags } from "../../shared/tags.ts";
import { sharedNow } from "./children.ts";
import type { Fleet } from "./fleet.ts";

/** Changes of a fleet, one after another: a replica loses its group's tag, then gets it back, then the next one does. */
export interface Changes {
  /** Resolves with when the change's event arrived here, by `sharedNow`. */
  next(): Promise<number>;
  end(): Promise<void>;
}

export async function createChanges({ socket, driver, names }: Fleet): Promise<Changes> {
  const agent = new Agent({ connect: { socketPath: socket } });
  const events = new WebSocket("ws://lxd/1.0/events?type=lifecycle", { dispatcher: agent });
  await new Promise((done, reject) => {
    events.addEventListener("open", done, { once: true });
    events.addEventListener("error", reject, { once: true });
  });
  let count = 0;
  return {
    async next() {
      const told = new Promise<number>((done) =>
        events.addEventListener("message", () => done(sharedNow()), { once: true }),
      );
      const name = names[((count >> 1) * 37) % names.length] ?? "";
      await driver.setConfig(name, { [tags.group]: count % 2 === 0 ? "" : name.slice(0, name.lastIndexOf("-")) });
      count++;
      return told;
    },
    async end() {
      events.close();
      await agent.destroy();
    },
  };
}
