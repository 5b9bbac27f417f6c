import { circles, filesUnder, folderImports } from "./support/tree/imports.ts";

/** `npm run rooms`: prints circles of files, and folders that import each other in both directions. Exits 1 when there are any. */
const files = ["files", "traefik", "shared", "stacks", "server", "cli", "embedded-daemon", "lab"].flatMap(filesUnder);
const folders = folderImports(files);
let found = 0;
// A reader that has closed the output, such as head, is no error.
process.stdout.on("error", () => {});
for (const circle of circles(files)) {
  found += 1;
  console.log(`circle: ${circle.join(" -> ")}`);
}
for (const [from, targets] of folders)
  for (const [to, there] of targets) {
    const back = folders.get(to)?.get(from);
    if (!back || from > to) continue;
    found += 1;
    console.log(`both ways: ${from} and ${to}\n${[...there, ...back].map((line) => `  ${line}\n`).join("")}`);
  }
console.log(`${files.length} files, ${folders.size} folders, ${found} circles and two-way pairs`);
process.exitCode = found === 0 ? 0 : 1;
