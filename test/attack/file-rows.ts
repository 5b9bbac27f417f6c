import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pause, type Row, type Siege } from "./siege.ts";

/** What happens to the files of the operator: by mistake, by a full disk, by an editor. */

/** Longer than a file has to rest before it is read, and before a removal counts. */
const settled = 450;
const removed = 1400;

export function fileRows(): Row[] {
  return [...["groups/web.yaml", "routes/shop.yaml"].flatMap(ofFile), ...["groups", "routes"].flatMap(ofDirectory)];
}

/** A file that is there holds something else for a while. */
function ofFile(file: string): Row[] {
  const path = (at: Siege) => join(at.at.path, file);
  function changed(
    what: string,
    change: (path: string, text: string) => void,
    restore = (target: string) => rmSync(target, { force: true, recursive: true }),
  ): Row {
    let text = "";
    return {
      name: `${file} ${what}`,
      async attack(at) {
        text = readFileSync(path(at), "utf8");
        change(path(at), text);
        await pause(removed);
      },
      async undo(at) {
        restore(path(at));
        writeFileSync(`${path(at)}.new`, text);
        renameSync(`${path(at)}.new`, path(at));
        await pause(settled);
      },
    };
  }
  const holding = (what: string, bytes: string | Uint8Array | ((text: string) => string)) =>
    changed(`holds ${what}`, (target, text) =>
      writeFileSync(target, typeof bytes === "function" ? bytes(text) : bytes),
    );
  const bomb = `a: &a [x]\n${Array.from({ length: 30 }, (_, n) => `b${n}: &b${n} [*${n === 0 ? "a" : `b${n - 1}`}, *${n === 0 ? "a" : `b${n - 1}`}]`).join("\n")}\n`;
  return [
    holding("no byte", ""),
    holding("a comment alone", "# to do\n"),
    holding("null", "null\n"),
    holding("a number", "7\n"),
    holding("a list", "- 1\n- 2\n"),
    holding("an open bracket", "{\n"),
    holding("a tab as indentation", "name: web\n\treplicas: 3\n"),
    holding("bytes that are not UTF-8", Uint8Array.of(0xff, 0xfe, 0x00, 0x41)),
    holding("UTF-16", Buffer.from("\ufeffname: web\n", "utf16le")),
    holding("NUL bytes, as after a crash", "\u0000".repeat(4096)),
    holding("an alias bomb", bomb),
    holding("10,000 brackets", "[".repeat(10_000)),
    holding("256 kB of brackets and commas", `[${",".repeat(256_000)}`),
    holding("30,000 unknown keys", Array.from({ length: 30_000 }, (_, n) => `k${n}: 1`).join("\n")),
    holding("5,000 empty documents", "---\n".repeat(5000)),
    holding("a key twice", (text) => `${text}${text}`),
    holding("an unknown tag", "!!js/function 'x'\n"),
    holding("__proto__", "__proto__: { name: web }\n"),
    holding("its first half", (text) => text.slice(0, text.length / 2)),
    holding("merge conflict marks", (text) => `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> other\n`),
    holding("terminal escapes", "\u001b]0;x\u0007: \u001b[2J\n"),
    holding("20 MB", (text) => `${text}# ${"x".repeat(20_000_000)}\n`),
    changed("is a directory", (target) => {
      unlinkSync(target);
      mkdirSync(target);
    }),
    changed("is a FIFO", (target) => {
      unlinkSync(target);
      execFileSync("/usr/bin/mkfifo", [target]);
    }),
    changed("is a link to itself", (target) => {
      unlinkSync(target);
      symlinkSync(target, target);
    }),
    changed("is a link to /dev/zero", (target) => {
      unlinkSync(target);
      symlinkSync("/dev/zero", target);
    }),
    changed("is a link to nothing", (target) => {
      unlinkSync(target);
      symlinkSync("nowhere", target);
    }),
    {
      name: `${file} is gone for a moment`,
      async attack(at) {
        const text = readFileSync(path(at), "utf8");
        unlinkSync(path(at));
        await pause(120);
        writeFileSync(path(at), text);
        await pause(settled);
      },
    },
  ];
}

/** Something odd lies beside the files, or the directory itself changes. */
function ofDirectory(directory: string): Row[] {
  const beside = (what: string, name: string, make: (path: string) => void): Row => ({
    name: `${directory}/ holds ${what}`,
    async attack(at) {
      make(join(at.at.path, directory, name));
      await pause(settled);
    },
    async undo(at) {
      rmSync(join(at.at.path, directory, name), { recursive: true, force: true });
      await pause(settled);
    },
  });
  const text = (content: string) => (path: string) => writeFileSync(path, content);
  /** What happens while the directory itself is elsewhere. */
  const away = (what: string, meanwhile: (path: string) => void): Row => ({
    name: `${directory}/ ${what}`,
    async attack(at) {
      const path = join(at.at.path, directory);
      renameSync(path, `${path}.away`);
      meanwhile(path);
      await pause(removed);
    },
    async undo(at) {
      const path = join(at.at.path, directory);
      rmSync(path, { recursive: true, force: true });
      renameSync(`${path}.away`, path);
      await pause(settled);
    },
  });
  return [
    away("is gone", () => {}),
    away("is empty, as if it were not mounted", (path) => mkdirSync(path)),
    away("is a file", (path) => writeFileSync(path, "")),
    {
      name: `${directory}/ holds a file that is written every 40 ms`,
      async attack(at) {
        const path = join(at.at.path, directory, "busy.yaml");
        for (let count = 0; count < 100; count++) {
          writeFileSync(path, `# ${count}\nname: web\n`);
          await pause(40);
        }
        rmSync(path);
        await pause(removed);
      },
    },
    beside("a second group web", "b.yaml", text("name: web\nreplicas: 1\nservice: { port: 1 }\n")),
    beside("an editor's swap file", ".web.yaml.swp", text("\u0000b0VIM")),
    beside("a file with a line break in its name", "a\nb.yaml", text("{")),
    beside("a file with an escape in its name", "\u001b[2J.yaml", text("{")),
    beside("a FIFO", "z.yaml", (path) => execFileSync("/usr/bin/mkfifo", [path])),
    beside("a link to /", "all", (path) => symlinkSync("/", path)),
    beside("a link to a device", "z.yaml", (path) => symlinkSync("/dev/random", path)),
    beside("an empty file", "z.yaml", text("")),
    beside("a directory called x.yaml", "x.yaml", (path) => mkdirSync(path)),
    beside("a file of 5 MB", "z.yaml", text(`a: ${"x".repeat(5_000_000)}`)),
    beside("a directory in itself", "loop", (path) => symlinkSync("..", path)),
  ];
}
