import { deepest } from "../../files/yaml-bounds.ts";
import { plainScalar, textScalar } from "./scalar.ts";
import type { Entry, Finding, Value } from "./value.ts";
import type { Body } from "./yaml-body.ts";

type Path = readonly (string | number)[];

const nowhere = { from: 0, to: 0 } as const;

/**
 * A plain value, of JSON's types, as Go's YAML would read it from a document: for objects that are not read from text.
 * Nothing in it has a place. Undefined is left out, as JSON does.
 */
export function readPlain(plain: unknown): Body {
  const problems: Finding[] = [];

  function read(value: unknown, path: Path): Value {
    if (path.length > deepest) {
      const message = `is nested deeper than ${deepest} levels, which no document of Traefik's is`;
      problems.push({ path: [], ...nowhere, message });
      return { is: "null", ...nowhere };
    }
    if (Array.isArray(value))
      return { is: "list", items: value.map((item, index) => read(item, [...path, index])), ...nowhere };
    if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
      return { is: "map", entries: entries.map(([name, inner]) => entry(name, inner, path)), ...nowhere };
    }
    if (typeof value !== "string") return { ...plainScalar(JSON.stringify(value ?? null)), ...nowhere };
    refuseHalves(value, path);
    // Go's reader takes it for a line end, which in quotes is a space.
    return { ...textScalar(value.replaceAll("\u0085", " ")), ...nowhere };
  }

  function entry(name: string, value: unknown, path: Path): Entry {
    refuseHalves(name, path);
    const here = [...path, name];
    if ([...JSON.stringify(name)].length > 1024)
      problems.push({ path: here, ...nowhere, message: "a key has at most 1,022 characters" });
    return { key: nowhere, name, value: read(value, here) };
  }

  function refuseHalves(text: string, path: Path) {
    const [half] = /\p{Cs}/u.exec(text) ?? [];
    if (half === undefined) return;
    const written = `\\u${half.charCodeAt(0).toString(16)}`;
    problems.push({
      path,
      ...nowhere,
      message: `${written} is half of a pair, which Traefik refuses; write the character itself`,
    });
  }

  return { value: read(plain, []), problems };
}
