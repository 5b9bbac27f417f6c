import { daemonRows } from "./daemon-rows.ts";
import { fileRows } from "./file-rows.ts";
import { httpRows } from "./http-rows.ts";
import { killAtManyInstants } from "./kills.ts";
import { labelRows } from "./label-rows.ts";
import { type Row, type Siege, startSiege } from "./siege.ts";

/**
 * `npm run attack`: what LXD, a label, a file or a client of Traefik's listener can do to a server. Each row is one attack: what it
 * should not add or remove stays as it is, the server lives, and afterwards all is as before. Exit 1 if one row says otherwise.
 */

const began = performance.now();
/** The tables are made by loops over what the server and the daemon answer, so an answer that is too short must not pass. */
const fewest = 900;
const count = { rows: 0, removals: 0, additions: 0, deaths: 0 };

/** One server meets one row after the other; after a death the next server goes on. */
async function besiege(rowsOf: (at: Siege) => Row[] | Promise<Row[]>) {
  let siege = await startSiege();
  for (const row of await rowsOf(siege)) {
    const { added, removed, died } = await siege.run(row).catch((error: unknown) => ({
      added: [],
      removed: [String(error)],
      died: undefined,
    }));
    count.rows++;
    if (removed.length > 0) count.removals++;
    if (added.length > 0) count.additions++;
    for (const leaf of removed.slice(0, 3)) console.log(`${row.name}: removed ${leaf}`);
    for (const leaf of added.slice(0, 3)) console.log(`${row.name}: added ${leaf}`);
    if (died === undefined) continue;
    count.deaths++;
    console.log(`${row.name}: the server ended: ${died}`);
    await siege.end();
    siege = await startSiege();
  }
  await siege.end();
}

/** A server that is killed loses nothing: what it served last counts as removed where the next one does not serve it. */
async function kill() {
  const outcomes = await killAtManyInstants();
  count.rows += outcomes.length;
  for (const line of outcomes.flat()) console.log(line);
  count.removals += outcomes.flat().length;
}

await Promise.all([kill(), ...[daemonRows, labelRows, fileRows, httpRows].map(besiege)]);
const seconds = Math.round((performance.now() - began) / 1000);
const { rows, removals, additions, deaths } = count;
console.log(`${rows} rows in ${seconds} s: wrong removals ${removals}, wrong additions ${additions}, deaths ${deaths}`);
if (rows < fewest) console.log(`these are fewer than ${fewest}: a table is missing rows`);
process.exitCode = removals + additions + deaths === 0 && rows >= fewest ? 0 : 1;
