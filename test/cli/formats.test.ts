import { describe, expect, test } from "vitest";
import { formatStatus } from "../../cli/status.ts";
import { ago, table } from "../../cli/terminal/table.ts";
import type { MarkRow } from "../../server/http/mark-rows.ts";
import type { PollerRow, ReplicaRow, Status } from "../../server/http/status.ts";

const now = Date.parse("2026-01-02T12:00:00Z");
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();

describe("a time that has gone by", () => {
  test.each([
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [7199, "119m"],
    [7200, "2h"],
    [172_799, "47h"],
    [172_800, "2d"],
    [-5, "0s"],
  ])("of %i s is %s", (seconds, text) => expect(ago(before(seconds), now)).toBe(text));

  test("that is missing is a dash", () => expect(ago(null, now)).toBe("-"));
});

describe("a table", () => {
  test("has columns as wide as their widest cell, and no line ends in a space", () => {
    const rows = [
      ["web", "web-10", ""],
      ["long-name", "x", "1s"],
    ];
    expect(table(["GROUP", "REPLICA", "SINCE"], rows)).toBe(
      "GROUP      REPLICA  SINCE\nweb        web-10\nlong-name  x        1s\n",
    );
  });

  test("wraps its widest columns so that no line is wider than the terminal", () => {
    const rows = [
      ["web-0", "absent", "stopped: the instance does not run"],
      ["web-1", "member", "-"],
    ];
    expect(table(["REPLICA", "STATE", "REASON"], rows, 36)).toBe(
      [
        "REPLICA  STATE   REASON",
        "web-0    absent  stopped: the",
        "                 instance does not",
        "                 run",
        "web-1    member  -",
        "",
      ].join("\n"),
    );
    const long = ["shop", "Host(`shop.example.org`)&&PathPrefix(`/api/v1/carts`)", "web,websecure"];
    const narrow = table(["ROUTER", "RULE", "ENTRY POINTS"], [long], 40);
    expect(Math.max(...narrow.split("\n").map(({ length }) => length))).toBe(40);
    expect(narrow.replaceAll(/\s/g, "")).toContain("shop");
  });

  test("without rows is its head", () => expect(table(["A", "B"], [])).toBe("A  B\n"));
});

const replica = (name: string, rest: Partial<ReplicaRow>): ReplicaRow => ({
  replica: name,
  source: "local",
  project: "default",
  state: "member",
  address: "10.0.0.1",
  since: before(30),
  reason: null,
  detail: null,
  weight: null,
  weightFrom: null,
  remark: null,
  spec: null,
  image: null,
  leftDevices: [],
  ...rest,
});

const poller: PollerRow = {
  address: "127.0.0.1",
  name: "edge1",
  agent: "Go-http-client/1.1",
  lastPoll: before(3),
  polls: 7,
  held: true,
  intervalMs: 5000,
  holdCapMs: null,
  status: 200,
  version: "0123456789abcdef",
  given: 6,
  applied: null,
  current: false,
  live: true,
};

const mark: MarkRow = {
  ...{ source: "local", project: "default", instance: "web-7", by: "ann@ops-1" },
  ...{ since: before(60), until: "2026-11-28T13:00:00.000Z", graceEnds: null },
  ...{ step: "waiting-for-pollers", waitsFor: ["edge1"], detail: "waiting for edge1 to poll" },
};

const status: Status = {
  state: "ready",
  version: "fedcba9876543210",
  ordinal: 7,
  peers: [],
  status: 200,
  now: before(0),
  published: before(60),
  settling: false,
  stale: [{ source: "local", project: "default", problem: "nothing listens at /lxd" }],
  waiting: [{ group: "web", replica: "web-2", reason: "stopped", detail: "is Stopped" }],
  groupsDirectory: { directory: "/groups", problem: "/groups/web.yaml:1:1: error: name: is required" },
  stateDirectory: { problem: null },
  listeners: [],
  routes: { files: 0, problems: [], remarks: [], routers: [], services: [], middlewares: [] },
  sources: [
    {
      name: "local",
      endpoint: "/lxd",
      version: "lxd 5.0.2",
      up: false,
      lastLook: before(10),
      lastGoodLook: before(12),
      problem: "nothing listens at /lxd",
      events: "down",
      eventsProblem: "the event stream failed",
      operationsProblem: null,
      members: [],
    },
  ],
  groups: [
    {
      name: "web",
      source: "local",
      project: "default",
      gate: "complete",
      declared: 3,
      present: 1,
      inEffect: null,
      pending: null,
      replicas: [
        replica("web-0", {}),
        replica("web-1", { state: "kept", address: "10.0.0.2", reason: "not-read", detail: "see source local" }),
        replica("web-2", { state: "absent", address: null, since: null, reason: "stopped", detail: "is Stopped" }),
      ],
    },
  ],
  labelled: [],
  pollers: [poller],
  traefiks: [],
  outputs: [],
  marks: [mark],
};

describe("status", () => {
  test("as a table has the answer, the problems, the replicas, the sources and the pollers", () => {
    expect(
      formatStatus(status, { format: "table", now }),
    ).toBe(`200 ready, degraded: web 1/3; stale: local, 12 s; version fedcba987654, waiting for web-2
problem: /groups/web.yaml:1:1: error: name: is required

GROUP  REPLICA  STATE   ADDRESS   SINCE  REASON
web    web-0    member  10.0.0.1  30s    -
web    web-1    kept    10.0.0.2  30s    not-read: see source local
web    web-2    absent  -         -      stopped: is Stopped

SOURCE  STATE  EVENTS  LAST LOOK  PROBLEM
local   down   down    10s        nothing listens at /lxd

POLLER     NAME   AGENT               LAST POLL  HELD  VERSION
127.0.0.1  edge1  Go-http-client/1.1  3s         yes   0123456789ab (older)

DRAINED  OF             BY         SINCE  UNTIL                 STATE
web-7    local/default  ann@ops-1  60s    2026-11-28T13:00:00Z  waiting for edge1 to poll
`);
  });

  test("shows what the Traefiks of traefik.api run and turned off, and which servers they found down", () => {
    const row: Status["traefiks"][number] = {
      url: "http://edge1:8080",
      name: "edge1",
      applied: 7,
      appliedSince: before(20),
      current: true,
      answering: true,
      problem: null,
      off: [{ kind: "http.routers", name: "shop", state: "disabled", reason: "no such entry point" }],
      down: [{ service: "web", server: "http://10.0.0.1:3000" }],
    };
    const gone = {
      ...row,
      url: "http://edge2:8080",
      name: null,
      answering: false,
      problem: "answers 401",
      off: [],
      down: [],
    };
    const pollers = [{ ...poller, current: true, applied: 7 }];
    const shown = formatStatus({ ...status, pollers, traefiks: [row, gone], marks: [] }, { format: "table", now });
    expect(shown.slice(shown.indexOf("POLLER"))).toBe(`\
POLLER     NAME   AGENT               LAST POLL  HELD  VERSION       APPLIED
127.0.0.1  edge1  Go-http-client/1.1  3s         yes   0123456789ab  yes

TRAEFIK            NAME   RUNS    SINCE  PROBLEM
http://edge1:8080  edge1  newest  20s    down: web http://10.0.0.1:3000
http://edge2:8080  -      ?       20s    answers 401; counts as gone

TRAEFIK            OBJECT        NAME  STATE     REASON
http://edge1:8080  http.routers  shop  disabled  no such entry point
`);
  });

  test("calls no version of a poller older that is the newest, as where it was answered 423", () => {
    const pollers = [{ ...poller, version: status.version }];
    expect(formatStatus({ ...status, pollers }, { format: "table", now })).not.toContain("(older)");
  });

  test("is 200 ready without a word more where nothing is lacking, in colours on a terminal", () => {
    const groups = status.groups.map((group) => ({ ...group, present: 3, replicas: [] }));
    const good: Status = { ...status, stale: [], waiting: [], groups };
    const first = (shown: Status, view = {}) => formatStatus(shown, { format: "table", now, ...view }).split("\n")[0];
    expect(first(good)).toBe("200 ready, version fedcba987654");
    const colours = {
      green: (x: string) => `g(${x})`,
      yellow: (x: string) => `y(${x})`,
      red: (x: string) => `r(${x})`,
    };
    expect(first(good, { colours })).toBe("g(200 ready, version fedcba987654)");
    expect(first(status, { colours, columns: 30 })).toBe("y(200 ready, degraded: web 1/3;)");
    expect(first({ ...good, state: "locked", status: 423 }, { colours })).toBe("r(423 locked, version fedcba987654)");
  });

  test("of a group shows its replicas and its source alone, and an unknown name is an error with the near one", () => {
    const api = { ...(status.groups[0] as Status["groups"][number]), name: "api", source: "west", replicas: [] };
    const shown = formatStatus(
      { ...status, groups: [...status.groups, api] },
      { format: "table", groups: ["web"], now },
    );
    expect(shown.split("\n\n").map((part) => part.split(" ")[0])).toEqual(["200", "GROUP", "SOURCE"]);
    expect(formatStatus(status, { format: "quiet", groups: ["web"], now })).toBe("web-0\nweb-1\n");
    const typo = () => formatStatus(status, { format: "table", groups: ["webb"], now });
    expect(typo).toThrow('the server has no group webb, did you mean "web"?');
  });

  test("as a table names the replicas that were made from an older declaration, with any other reason", () => {
    const rows = [
      replica("web-0", { spec: "current" }),
      replica("web-1", { spec: "outdated" }),
      replica("web-2", { spec: "outdated", state: "absent", address: null, reason: "stopped", detail: "is Stopped" }),
    ];
    const groups = status.groups.map((group) => ({ ...group, replicas: rows }));
    const lines = formatStatus({ ...status, groups }, { format: "table", now }).split("\n");
    expect(lines.filter((line) => line.startsWith("web ")).map((line) => line.replace(/^.*30s +/, ""))).toEqual([
      "-",
      "made from an older declaration",
      "stopped: is Stopped: made from an older declaration",
    ]);
  });

  test("as a table names the replicas of an older image, and the devices that are left on them with the command to remove them", () => {
    const rows = [
      replica("web-0", { spec: "current", image: "current" }),
      replica("web-1", { spec: "current", image: "older" }),
      replica("web-2", { spec: "outdated", image: "older", leftDevices: ["scratch"] }),
    ];
    const groups = status.groups.map((group) => ({
      ...group,
      replicas: rows.map((row) => ({ ...row, project: "shop" })),
    }));
    const lines = formatStatus({ ...status, groups }, { format: "table", now }).split("\n");
    expect(lines.filter((line) => line.startsWith("web ")).map((line) => line.replace(/^.*30s +/, ""))).toEqual([
      "-",
      "older image",
      "made from an older declaration: older image: scratch is no longer declared: lxc config device remove web-2 scratch --project shop",
    ]);
  });

  test("as a table has a column of weights where there is one", () => {
    const rows = [replica("web-0", { weight: 0, weightFrom: "instance" }), replica("web-1", { remark: "counts not" })];
    const groups = status.groups.map((group) => ({ ...group, replicas: rows }));
    expect(formatStatus({ ...status, groups }, { format: "table", now })).toContain(
      [
        "GROUP  REPLICA  STATE   ADDRESS   WEIGHT  SINCE  REASON",
        "web    web-0    member  10.0.0.1  0       30s    -",
        "web    web-1    member  10.0.0.1  -       30s    counts not",
      ].join("\n"),
    );
  });

  test("without a poller says that there was no poll", () => {
    expect(formatStatus({ ...status, pollers: [], marks: [] }, { format: "table", now })).toMatch(
      /\n\nNo poll yet\.\n$/,
    );
  });

  test("that is quiet names the members of the load balancer", () => {
    expect(formatStatus(status, { format: "quiet", now })).toBe("web-0\nweb-1\n");
  });

  test("as JSON is what the server said", () => {
    expect(JSON.parse(formatStatus(status, { format: "json", now }))).toEqual(status);
  });
});
