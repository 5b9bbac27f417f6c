import fc from "fast-check";
import { address, anyRegexp, host, parts, path, word } from "./rule-values.ts";

/** Makes rules, right ones and wrong ones, for HTTP and for TCP. */

/** A text as Go writes it, mostly right. */
const literal = (value: fc.Arbitrary<string>) =>
  fc.tuple(value, fc.integer({ min: 0, max: 9 })).map(([text, how]) => {
    if (how < 6) return `\`${text}\``;
    if (how < 9) return JSON.stringify(text);
    return `"${text}"`;
  });
const call = (name: string, ...values: fc.Arbitrary<string>[]) =>
  fc.tuple(...values.map(literal)).map((written) => `${name}(${written.join(", ")})`);

const http = fc.oneof(
  { arbitrary: call("Host", host), weight: 4 },
  call("HostRegexp", anyRegexp),
  call("Path", path),
  call("PathPrefix", path),
  { arbitrary: call("PathRegexp", anyRegexp), weight: 3 },
  call("Method", word),
  call("Header", word, word),
  call("HeaderRegexp", word, anyRegexp),
  call("Query", word),
  call("Query", word, word),
  call("QueryRegexp", word, anyRegexp),
  call("QueryRegexp", anyRegexp),
  { arbitrary: call("ClientIP", address), weight: 2 },
);
const tcp = fc.oneof(
  { arbitrary: call("HostSNI", host), weight: 3 },
  call("HostSNIRegexp", anyRegexp),
  call("ClientIP", address),
  call("ALPN", word),
);

const between = fc.constantFrom(
  "&&",
  "||",
  " && ",
  " || ",
  " &&\n",
  "/* c */ || ",
  " || // c\n",
  "\n&& ",
  " /*\n*/ && ",
  " and ",
  "&",
  " ",
);
const around = fc.constantFrom("", "!", "! ", "!!", "(", "!(", "((", "(\n");

function joined(one: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const wrapped = fc.tuple(around, one).map(([open, rule]) => {
    const closing = ")".repeat(open.split("(").length - 1);
    return open + rule + closing;
  });
  const more = fc.array(
    fc.tuple(fc.oneof({ arbitrary: fc.constantFrom(" && ", " || "), weight: 3 }, between), wrapped),
    { maxLength: 3 },
  );
  return fc.tuple(wrapped, more).map(([first, rest]) => first + rest.flat().join(""));
}

interface Change {
  readonly place: number;
  readonly how: "remove" | "double" | "insert" | "swap" | "case";
  readonly part: string;
}
const change: fc.Arbitrary<Change> = fc.record({
  place: fc.nat(1000),
  how: fc.constantFrom("remove", "double", "insert", "insert", "swap", "case"),
  part: parts,
});

function changed(rule: string, { place, how, part }: Change): string {
  const at = place % (rule.length + 1);
  const [before, c, after] = [rule.slice(0, at), rule.slice(at, at + 1), rule.slice(at + 1)];
  const name = /[A-Za-z]+(?=\()/.exec(rule.slice(at))?.[0] ?? "";
  switch (how) {
    case "remove":
      return before + after;
    case "double":
      return before + c + c + after;
    case "insert":
      return before + part + c + after;
    case "swap":
      return rule.replaceAll(part === "'" ? "`" : '"', part === "'" ? "'" : "`");
    case "case":
      return rule.replace(
        name,
        [name.toLowerCase(), name.toUpperCase(), name.charAt(0) + name.slice(1).toLowerCase(), `${name}s`][place % 4] ??
          name,
      );
  }
}

const changes = (one: fc.Arbitrary<string>) =>
  fc.tuple(joined(one), fc.array(change, { maxLength: 2 })).map(([rule, all]) => all.reduce(changed, rule));

export const httpRules: fc.Arbitrary<string> = changes(http);
export const tcpRules: fc.Arbitrary<string> = changes(tcp);
