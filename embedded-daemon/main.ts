import { parseArgs } from "node:util";
import { createEmbeddedDaemon } from "./daemon.ts";

/** `npm run fake-lxd`: the embedded daemon as a hand tool. It ends on Ctrl-C and leaves nothing. */

const { values } = parseArgs({
  options: {
    socket: { type: "string" },
    delay: { type: "string", default: "100" },
    help: { type: "boolean", short: "h" },
  },
});

if (values.help === true) {
  process.stdout.write("usage: fake-lxd [--socket PATH] [--delay MS]   MS: from Running to having an address\n");
} else {
  await run(Number(values.delay), values.socket);
}

async function run(addressDelay: number, socket: string | undefined): Promise<void> {
  if (!(addressDelay >= 0)) {
    process.stderr.write(`--delay wants milliseconds, not "${values.delay}"\n`);
    process.exitCode = 1;
    return;
  }
  const lxd = await createEmbeddedDaemon({ addressDelay, firstBlock: 0, ...(socket === undefined ? {} : { socket }) });
  process.stdout.write(`${examples(lxd.socket)}\n`);
  const stop = () => void lxd.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

function examples(socket: string): string {
  const curl = `curl -s --unix-socket ${socket}`;
  const web = '{"name":"web-0","source":{"type":"image","alias":"web"}}';
  return [
    `A daemon that speaks LXD's protocol listens on ${socket}`,
    "",
    `  ${curl} lxd/1.0/instances -d '${web}'`,
    `  ${curl} -X PUT lxd/1.0/instances/web-0/state -d '{"action":"start"}'`,
    `  ${curl} lxd/1.0/instances/web-0/state`,
    `  ${curl} 'lxd/1.0/instances?recursion=2'`,
    `  ${curl} -X PUT lxd/1.0/instances/web-0/state -d '{"action":"stop","force":true}'`,
    "  curl 127.77.0.10:3000        (the first instance, while it runs)",
    "",
    "Ctrl-C ends it and leaves nothing.",
  ].join("\n");
}
