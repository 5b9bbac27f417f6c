import { faults, onReal } from "./faults.ts";

/** One row of the table. `seconds` is undefined if it was never as before. */
export interface Line {
  readonly name: string;
  readonly removed: number;
  readonly added: number;
  readonly seconds: number | undefined;
  readonly within: number;
}

/** docs/faults.md, with the numbers of one run. */
export function pageOf(lines: ReadonlyMap<string, Line>): string {
  const count = Object.values(faults).flat().length;
  const parts = Object.entries(faults).map(([part, rows]) => {
    const table = rows.map(({ name }) => {
      const { removed, added, seconds, within } = lines.get(name) ?? {
        removed: 0,
        added: 0,
        seconds: undefined,
        within: 0,
      };
      return `| ${name} | ${part === onReal ? "LXD 5.0.2" : "embedded"} | ${removed} | ${added} | ${seconds === undefined ? "never" : seconds.toFixed(1)} | ${within} |`;
    });
    return [
      `## ${part}`,
      "",
      "| fault | on | wrong removals | wrong additions | seconds | bound |",
      "|---|---|---|---|---|---|",
      ...table,
    ].join("\n");
  });
  return `${[intro(count), ...parts].join("\n\n")}\n`;
}

const intro = (count: number) => `# Faults

\`npm run faults\` wrote this page. It makes ${count} faults, one after the other, around a server with three groups on the embedded daemon or on the lab's LXD, and polls the
document all the time. A removal or an addition is wrong if the fault is a lie, or if it concerns another instance. The seconds are those from the end of the
fault until the document is as before and stays so for half a second; the bound is what the run allows: more where an instance has to answer first, or left so often that it joins late. What LXD, labels and clients can be made to say by someone who means harm is
in \`npm run attack\`; the real LXD, Traefik and terraform meet faults in \`test/real/faults.test.ts\`, \`test/real/full-disk.test.ts\` and
\`test/real/deploy-faults.test.ts\`. A jump of the machine's clock is no row: waits, intervals and deadlines go by a clock that is not set (\`files/steady-now.ts\`).`;
