import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseOnce } from "../../files/parse-once.ts";
import { readDirectory, sameReading } from "../../files/read-directory.ts";
import { groupListing } from "../../shared/instance-contents.ts";
import { instanceSpec, specHashes } from "../../shared/instance-spec.ts";
import { groupFileReader, parseGroups } from "../../shared/parse-groups.ts";
import { oneSource } from "./literals.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rollcall-contents-"));
  mkdirSync(join(root, "cloud-init"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, content: string | Uint8Array) => writeFileSync(join(root, name), content);
const group = (instance: string) =>
  write("web.yaml", `name: web\nreplicas: 1\nservice: { port: 80 }\ninstance:\n  image: web\n  ${instance}\n`);
const readGroups = () => readDirectory(root, groupListing);
async function loaded() {
  const read = parseGroups(await readGroups(), oneSource);
  const [web] = read.ok ? read.groups : [];
  return {
    spec: web && instanceSpec(web, 0),
    hash: web && specHashes(web)(0),
    problems: read.ok
      ? []
      : read.problems.map(({ file, line, path, message }) => `${file.slice(root.length)}:${line} ${path}: ${message}`),
  };
}

describe("a file that a group file names", () => {
  test("is the text in its place, with the hash of that text", async () => {
    write("cloud-init/web.yaml", "#cloud-config\n");
    write("motd.txt", "hello\n");
    group("cloudInit: { userData: { file: cloud-init/web.yaml } }\n  files: { /etc/motd: { file: motd.txt, uid: 1 } }");
    const { spec, hash, problems } = await loaded();
    expect(problems).toEqual([]);
    expect(spec?.config).toEqual({ "cloud-init.user-data": "#cloud-config\n" });
    expect(spec?.files).toEqual({ "/etc/motd": { content: "hello\n", uid: 1 } });
    group('cloudInit: { userData: "#cloud-config\\n" }\n  files: { /etc/motd: { content: "hello\\n", uid: 1 } }');
    expect((await loaded()).hash).toBe(hash);
    group('"cloudInit": { "userData" : { "file" : "cloud-init/web.yaml" } }');
    expect((await loaded()).spec?.config).toEqual({ "cloud-init.user-data": "#cloud-config\n" });
  });

  test("counts when it changes, though the group file is the same; its directory is watched and no mistake", async () => {
    write("cloud-init/web.yaml", "one");
    group("cloudInit: { userData: { file: cloud-init/web.yaml } }");
    const parse = parseOnce(groupFileReader(oneSource));
    const first = await readGroups();
    expect([first.remarks, first.problems]).toEqual([[], []]);
    expect(first.watched).toContain(join(root, "cloud-init"));
    const before = parseGroups(first, oneSource, parse);
    write("cloud-init/web.yaml", "two");
    const second = await readGroups();
    expect(sameReading(first, second)).toBe(false);
    const after = parseGroups(second, oneSource, parse);
    const texts = [before, after].map((one) => one.ok && one.groups[0]?.instance?.cloudInit?.userData);
    expect(texts).toEqual(["one", "two"]);
  });

  test.each<[string, () => void, string]>([
    ["that is missing", () => undefined, "cloud-init/x does not exist"],
    ["that is empty", () => write("cloud-init/x", ""), "cloud-init/x is empty"],
    [
      "that is not text",
      () => write("cloud-init/x", new Uint8Array([0xff, 0xfe])),
      "cloud-init/x is not UTF-8; what is not text belongs into the image",
    ],
    [
      "that is too long",
      () => write("cloud-init/x", "x".repeat(100_001)),
      "cloud-init/x is longer than 100000 characters",
    ],
    [
      "that is a link out of the directory",
      () => symlinkSync("/etc/hostname", join(root, "cloud-init/x")),
      "cloud-init/x is a link out of its directory, so it is not read; put the file itself there",
    ],
  ])("%s is an error where it is named", async (_, make, message) => {
    make();
    group("cloudInit: { userData: { file: cloud-init/x } }");
    expect((await loaded()).problems).toEqual([`/web.yaml:6 instance.cloudInit.userData.file: ${message}`]);
  });

  test.each(["/etc/passwd", "../x", "a/../../x", ".hidden", "a//b"])(
    "is no other than one beside it: %s",
    async (path) => {
      group(`files: { /a: { file: ${path} } }`);
      const { problems } = await loaded();
      expect(problems).toEqual([
        `/web.yaml:6 instance.files["/a"].file: is a path below the group file's directory, such as cloud-init/web.yaml, of which no part begins with a dot`,
      ]);
      expect((await readGroups()).attached.size).toBe(0);
    },
  );

  test("stands in place of a content, not beside one", async () => {
    write("cloud-init/x", "x");
    for (const both of ["{ file: cloud-init/x, content: y }", "{ uid: 1 }"]) {
      group(`files: { /a: ${both} }`);
      expect((await loaded()).problems).toEqual([
        '/web.yaml:6 instance.files["/a"]: has either content, or file with a path',
      ]);
    }
  });
});
