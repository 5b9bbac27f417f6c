/** Rules of HTTP routers that nothing matches, with what one might think matches them. */
export interface UnmatchedRule {
  readonly rule: string;
  /** The Traefiks that it is true of. */
  readonly versions: readonly string[];
  /** The hosts and the paths, as they go over the wire. */
  readonly asked: readonly (readonly [host: string, target: string])[];
}

const all = ["3.7.15", "3.6.15", "3.5.3", "3.0.4"];
const before37 = all.slice(1);
const since35 = all.slice(0, -1);

export const unmatchedRules: readonly UnmatchedRule[] = [
  {
    rule: "Host(`a.example:80`)",
    versions: all,
    asked: [
      ["a.example:80", "/"],
      ["a.example", "/"],
    ],
  },
  {
    rule: "Host(`http://a.example`)",
    versions: all,
    asked: [
      ["http://a.example", "/"],
      ["a.example", "/"],
    ],
  },
  {
    rule: "Host(`a.example/x`)",
    versions: all,
    asked: [
      ["a.example/x", "/x"],
      ["a.example", "/x"],
    ],
  },
  {
    rule: "Host(`[::1]`)",
    versions: all,
    asked: [
      ["[::1]", "/"],
      ["[::1]:80", "/"],
    ],
  },
  {
    rule: "Host(` a.example`)",
    versions: all,
    asked: [
      ["a.example", "/"],
      [" a.example", "/"],
    ],
  },
  {
    rule: "Host(`a@b`)",
    versions: all,
    asked: [
      ["a@b", "/"],
      ["b", "/"],
    ],
  },
  {
    rule: "Host(`*.a.example`)",
    versions: before37,
    asked: [
      ["b.a.example", "/"],
      ["a.example", "/"],
    ],
  },
  {
    rule: "Host(`*`)",
    versions: before37,
    asked: [
      ["a.example", "/"],
      ["a", "/"],
    ],
  },
  {
    rule: "Host(`**.a.example`)",
    versions: all,
    asked: [
      ["b.a.example", "/"],
      ["c.b.a.example", "/"],
    ],
  },
  {
    rule: "Host(`*a.example`)",
    versions: all,
    asked: [
      ["ba.example", "/"],
      ["a.example", "/"],
    ],
  },
  { rule: "Host(`b.*.example`)", versions: all, asked: [["b.a.example", "/"]] },
  {
    rule: "Host(`a`) && Host(`b`)",
    versions: all,
    asked: [
      ["a", "/"],
      ["b", "/"],
    ],
  },
  {
    rule: "Host(`*.a`) && Host(`b.c`)",
    versions: all,
    asked: [
      ["b.a", "/"],
      ["b.c", "/"],
    ],
  },
  {
    rule: "Path(`/a?b=1`)",
    versions: since35,
    asked: [
      ["a", "/a?b=1"],
      ["a", "/a%3Fb=1"],
    ],
  },
  {
    rule: "PathPrefix(`/a#b`)",
    versions: since35,
    asked: [
      ["a", "/a#b"],
      ["a", "/a%23b"],
    ],
  },
  { rule: "Header(`Host`, `a`)", versions: all, asked: [["a", "/"]] },
  { rule: "HeaderRegexp(`host`, `.*`)", versions: all, asked: [["a", "/"]] },
];
