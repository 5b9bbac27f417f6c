import { createServer } from "node:http";

/** The web servers of lab/pair.sh, where lxd.ts lists its instances: each answers with its name. */

for (const [index, address] of ["127.77.0.10", "127.77.0.11", "127.77.0.12"].entries())
  createServer((_, response) => response.end(`web-${index} ${address} v1\n`)).listen(3000, address);
