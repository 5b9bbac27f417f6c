import { createFleet } from "./fleet.ts";
import { storms } from "./memory.ts";
import { resultLine } from "./report.ts";

const fleet = await createFleet(20, 50);
const { server, results } = await storms(fleet);
for (const r of results) console.log(resultLine(r));
await server.end();
await fleet.end();
