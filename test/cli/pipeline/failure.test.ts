import { describe, expect, test } from "vitest";
import { failureOf, TerraformFailed } from "../../../cli/pipeline/failure.ts";
import type { Ran } from "../../../cli/pipeline/terraform.ts";

/** A run that failed. */
const ran = (rest: Partial<Ran>): Ran => ({ code: 1, stdout: "", stderr: "", ...rest });

/** What terraform 1.11 writes with `-json`: its version, other lines, and the diagnostics. */
function diagnosed(...diagnostics: object[]): Ran {
  const lines = diagnostics.map((diagnostic) => ({
    "@level": "error",
    "@module": "terraform.ui",
    diagnostic: { severity: "error", ...diagnostic },
    type: "diagnostic",
  }));
  const version = { "@level": "info", "@message": "Terraform 1.11.4", type: "version", ui: "1.2" };
  return ran({ stdout: `${[version, ...lines].map((line) => JSON.stringify(line)).join("\n")}\nno JSON {\n` });
}
const says = (run: Ran, what = "plan of stack local") => failureOf(what, run, "lxd").message;

/** As terraform 1.11.4 printed it while another one applied. */
const lockDetail =
  'Error message: resource temporarily unavailable\nLock Info:\n  ID:        58d8abc6-00d8-a7a7-91a8-40a9c8ff1acf\n  Path:      ../s/web.tfstate\n  Operation: OperationTypeApply\n  Who:       ada@build\n  Version:   1.11.4\n  Created:   2026-11-21 12:49:44.328815129 +0000 UTC\n  Info:      \n\n\nTerraform acquires a state lock to protect the state from being written\nby multiple users at the same time. Please resolve the issue above and try\nagain. For most commands, you can disable locking with the "-lock=false"\nflag, but this is not recommended.';
const summary = "Error acquiring the state lock";

/** As terraform 1.11.4 printed it on standard error, its mirror being empty, with and without colours. */
const providerMissing = `
Error: Failed to query available provider packages

Could not retrieve the list of available versions for provider
terraform-lxd/lxd: provider registry.terraform.io/terraform-lxd/lxd was not
found in any of the search locations

  - /mirror
`;
const [red, bold, reset] = ["\u001b[31m", "\u001b[1m", "\u001b[0m"];
const framed = `${red}╷${reset}${reset}\n${providerMissing
  .trim()
  .split("\n")
  .map((line) => `${red}│${reset} ${reset}${bold}${line}${reset}\n`)
  .join("")}${red}╵${reset}${reset}\n`;

describe("a lock that another run holds", () => {
  test("is reported with its holder, its time and its purpose, and how to continue", () => {
    const error = failureOf("plan of stack local", diagnosed({ summary, detail: lockDetail }), "lxd");
    expect(error).toBeInstanceOf(TerraformFailed);
    expect(error.message).toBe(
      "plan of stack local failed: another run holds the lock of the state: ada@build since 2026-11-21 12:49:44.328815129 +0000 UTC (apply). Wait for it with --lock-timeout 5m; if it is no longer running: terraform force-unlock 58d8abc6-00d8-a7a7-91a8-40a9c8ff1acf",
    );
  });

  test("is not what is reported if the lock could not be made at all", () => {
    const detail =
      "Error message: mkdir /states: no such file or directory\n\nTerraform acquires a state lock to protect the state";
    expect(says(diagnosed({ summary, detail }))).toBe(
      "plan of stack local failed: Error acquiring the state lock: Error message: mkdir /states: no such file or directory Terraform acquires a state lock to protect the state",
    );
  });
});

describe("a cause that is known comes with its cure", () => {
  test("in the words of its platform", () => {
    const cureOf = (detail: string) =>
      failureOf(
        "plan of stack local",
        diagnosed({ summary: "Failed to create instance", detail }),
        "incus",
      ).message.replace(/^.*\. /, "");
    expect(cureOf("Image not found")).toBe("`incus image list` shows the aliases for instance.image");
    expect(cureOf("dial unix /incus.socket: connect: permission denied")).toBe(
      "usermod -aG incus-admin USER, and log in again",
    );
    expect(cureOf("dial unix /incus.socket: connect: connection refused")).toBe(
      "is Incus running, and is the source's url its socket? It is set in rollcall.yaml, else by $INCUS_SOCKET or $INCUS_DIR",
    );
  });

  test.each([
    ["plain", providerMissing],
    ["with frames and colours", framed],
  ])("no provider, %s: where terraform takes it from", (_, stderr) => {
    expect(says(ran({ stderr, stdout: "Initializing the backend...\n" }), "init of stack local")).toBe(
      "init of stack local failed: Error: Failed to query available provider packages Could not retrieve the list of available versions for provider terraform-lxd/lxd: provider registry.terraform.io/terraform-lxd/lxd was not found in any of the search locations - /mirror. terraform needs the provider from its registry, or from a mirror that TF_CLI_CONFIG_FILE names",
    );
  });

  test.each([
    "the local package for registry.terraform.io/terraform-lxd/lxd 3.0.2 doesn't match any of the checksums previously recorded in the dependency lock file",
    "Failed to query available provider packages Could not retrieve the list of available versions: locked provider registry.terraform.io/terraform-lxd/lxd 3.0.1 does not match configured version constraint 3.0.2; must use terraform init -upgrade",
  ])("another provider than the lock file names: %s", (stderr) => {
    expect(says(ran({ stderr }), "init of stack local")).toContain(
      ". If you trust this provider, remove .terraform.lock.hcl next to the configuration",
    );
  });

  const [started, member] = ["is LXD running, and is the source's url its socket?", "usermod -aG lxd USER"];
  const image = "`lxc image list` shows the aliases for instance.image";
  test.each([
    [
      "nobody listens",
      {
        summary: "Failed to retrieve LXD InstanceServer",
        detail: 'Get "http://unix.socket/1.0": dial unix /lxd.socket: connect: no such file or directory',
      },
      started,
    ],
    [
      "nobody answers",
      {
        summary: "Failed to retrieve LXD InstanceServer",
        detail: 'Get "http://unix.socket/1.0": dial unix /lxd.socket: connect: connection refused',
      },
      started,
    ],
    [
      "not one of LXD's group",
      {
        summary: "Failed to retrieve LXD InstanceServer",
        detail: 'Get "http://unix.socket/1.0": dial unix /lxd.socket: connect: permission denied',
      },
      member,
    ],
    [
      "an image that LXD has not got",
      { summary: 'Failed to retrieve image info for instance "web-2"', detail: "Image not found" },
      image,
    ],
    [
      "an alias that there is none of",
      { summary: 'Failed to create instance "web-2"', detail: 'image "nope" not found' },
      image,
    ],
  ])("%s", (_, diagnostic, cure) => {
    const text = says(diagnosed({ ...diagnostic, address: "lxd_instance.web-2" }));
    expect(text).toContain(`web-2 failed: ${diagnostic.summary}: ${diagnostic.detail}. `);
    expect([started, member, image].filter((one) => text.includes(one))).toEqual([cure]);
  });

  test("a cluster member that is offline: how to find it, and what to do if it is lost", () => {
    const summary = 'Failed to retrieve instance "web-2"';
    const detail = "Missing event connection with target cluster member";
    expect(says(diagnosed({ summary, detail, address: "lxd_instance.web-2" }))).toBe(
      `web-2 failed: ${summary}: ${detail}. a cluster member is offline, and terraform can't read its instances: \`lxc cluster list\` names it. Start it again; or, if it is lost for good, \`lxc cluster remove --force MEMBER\`, and the next deploy creates its replicas on the others`,
    );
  });

  test("a backend that was changed: how the state comes along", () => {
    const stderr =
      "\nError: Backend configuration changed\n\nA change in the backend configuration has been detected.\n";
    expect(says(ran({ stderr }), "init of stack local")).toMatch(
      /detected\. the backend was changed: run terraform init -migrate-state/,
    );
  });

  test("a server of states that does not answer is not LXD", () => {
    expect(says(ran({ stderr: "\nError: dial tcp 127.0.0.1:5432: connect: connection refused\n" }))).toBe(
      "plan of stack local failed: Error: dial tcp 127.0.0.1:5432: connect: connection refused",
    );
  });
});

describe("whatever else it is", () => {
  test("each error is a line, that of an instance with its name; warnings are none", () => {
    const run = diagnosed(
      { summary: "Odd", severity: "warning" },
      { summary: "Broken", detail: "", address: "lxd_instance.web-1" },
      { summary: "Missing", detail: "two\nlines" },
    );
    expect(says(run, "apply of stack local")).toBe(
      "web-1 failed: Broken\napply of stack local failed: Missing: two lines",
    );
  });

  test("frames, colours and what a terminal would obey are removed", () => {
    const run = diagnosed({ summary: `${red}Broken${reset}`, detail: `╷\n│ ${bold}really${reset}\u202e\n╵` });
    expect(says(run)).toBe("plan of stack local failed: Broken: really\ufffd");
  });

  test("if standard error is empty, standard output is reported, else the code", () => {
    expect(says(ran({ stdout: "it said\nthis\n" }))).toBe("plan of stack local failed: it said this");
    expect(says(ran({ code: 127 }))).toBe("plan of stack local failed: exit code 127");
  });
});
