import { burst, singleChanges } from "./changes.ts";
import { checkedDocuments } from "./documents.ts";
import { createFleet } from "./fleet.ts";
import { heldPolls } from "./held.ts";
import { worstLabelled } from "./labels.ts";
import { storm } from "./memory.ts";
import { pureFunctions } from "./pure.ts";
import { askedFirst } from "./ready.ts";
import type { Result } from "./report.ts";
import { requests } from "./requests.ts";
import { starts } from "./starts.ts";
import { synths } from "./synth.ts";

/** What runs in a minute or two: 1,000 instances in 20 groups on the embedded daemon, and the pure functions. */
export async function standard(tell: (...results: Result[]) => void): Promise<void> {
  const fleet = await createFleet(20, 50);
  try {
    const { server, results: ofStorm } = await storm(fleet);
    try {
      tell(...ofStorm);
      tell(...starts(server));
      tell(...(await burst(fleet, server)));
      tell(...(await singleChanges(fleet, server, 24)));
      tell(...(await requests(server)));
      tell(...(await heldPolls(fleet, server, 2000)));
    } finally {
      await server.end();
    }
  } finally {
    await fleet.end();
  }
  tell(...(await askedFirst()));
  tell(...(await worstLabelled()));
  tell(...pureFunctions());
  tell(...checkedDocuments());
  tell(...(await synths()));
}
