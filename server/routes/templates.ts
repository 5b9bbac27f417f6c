import type { KeyPath } from "../../files/key-path.ts";
import type { Problem } from "../../files/problem.ts";
import { readText } from "../../files/source-text.ts";

/**
 * The Go templates in a route file. Traefik's file provider runs each file as a template, in quotes and comments too (seen on 3.7.15).
 * rollcall runs none, so what holds one would mean something else here.
 */
export interface Templates {
  /** The text of the file with a mark of the same length in place of each template. */
  readonly marked: string;
  /** The path of the first template in a value that was read from `marked`, if any. What holds it can't be served. */
  pathIn(value: unknown): KeyPath | undefined;
  /** The first template that `pathIn` has not found, or one that reaches out of the text it is in: the whole file can't be read. */
  elsewhere(): Problem | undefined;
}

export const templateMessage =
  'a Go template, and none is run here; write the value it stands for, and text with {{ as "\\x7b{" in double quotes';

interface Action {
  readonly text: string;
  readonly from: number;
}

/** Undefined for a file without templates. */
export function findTemplates(file: string, bytes: Uint8Array): Templates | undefined {
  const { source } = readText(file, bytes);
  const { text } = source;
  if (!text.includes("{{")) return undefined;
  const { actions, unclosed } = actionsIn(text);
  const isMarkable = actions.length < most && !/[\ue000-\uf8ff]/.test(text);
  const marked = isMarkable ? withMarks(text, actions) : text;
  const contained = new Set<number>();

  /** Takes the templates of one text; whether there are any. */
  function take(one: string): boolean {
    const found = [...one.matchAll(marks)].map(([, index = ""]) => index.charCodeAt(0) - firstIndex);
    if (isWhole(found.map((index) => actions[index]?.text ?? ""))) for (const index of found) contained.add(index);
    return found.length > 0;
  }

  function pathIn(value: unknown, path: KeyPath = []): KeyPath | undefined {
    if (typeof value === "string") return take(value) ? path : undefined;
    if (typeof value !== "object" || value === null) return undefined;
    const paths = Object.entries(value).map(([key, inner]) => {
      const here = pathIn(inner, [...path, Array.isArray(value) ? Number(key) : key]);
      return take(key) ? path : here;
    });
    return paths.find((one) => one !== undefined);
  }

  return {
    marked,
    pathIn,
    elsewhere() {
      const from = actions.find((one, index) => !contained.has(index) || eatsLines(text, one))?.from ?? unclosed;
      return from === undefined ? undefined : { ...source.at(from, from + 2), path: "", message: templateMessage };
    },
  };
}

/** `{{ ... }}` on one line; its own texts may hold `}}`. */
const action = /\{\{(?:"(?:[^"\\\n]|\\.)*"|`[^`\n]*`|[^"`\n])*?\}\}/y;

/** The templates up to the first one that is never closed, if any. Linear. */
function actionsIn(text: string): { readonly actions: readonly Action[]; readonly unclosed: number | undefined } {
  const actions: Action[] = [];
  for (let from = text.indexOf("{{"); from >= 0; from = text.indexOf("{{", action.lastIndex)) {
    action.lastIndex = from;
    const [found] = action.exec(text) ?? [];
    if (found === undefined) return { actions, unclosed: from };
    actions.push({ text: found, from });
  }
  return { actions, unclosed: undefined };
}

const filler = "\ue000";
const firstIndex = 0xe001;
/** As many as there are other characters for private use. */
const most = 0xf8ff - firstIndex;
const marks = /\ue000([\ue001-\uf8ff])/g;

function withMarks(text: string, actions: readonly Action[]): string {
  const pieces = actions.map(({ text: one, from }, index) => {
    const last = actions[index - 1];
    const before = text.slice(last ? last.from + last.text.length : 0, from);
    return before + `${filler}${String.fromCharCode(firstIndex + index)}`.padEnd(one.length, filler);
  });
  const last = actions.at(-1);
  return pieces.join("") + text.slice(last ? last.from + last.text.length : 0);
}

/** Whether templates end all that they begin, such as `{{ if }}` with `{{ end }}`. */
function isWhole(actions: readonly string[]): boolean {
  let depth = 0;
  for (const one of actions) {
    const [, word = ""] = /^\{\{(?:- )?\s*(\w*)/.exec(one) ?? [];
    if (["if", "range", "with", "block", "define"].includes(word)) depth++;
    else if (word === "end") depth--;
    else if (word === "else" && depth === 0) return false;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** Whether a template with `{{-` or `-}}` takes away an end of a line, so that lines around it become one. */
function eatsLines(text: string, { text: one, from }: Action): boolean {
  const end = from + one.length;
  if (one.startsWith("{{-") && /(^|\n)[ \t\r]*$/.test(text.slice(Math.max(0, from - 1000), from))) return true;
  return one.endsWith("-}}") && /^[ \t\r]*(\n|$)/.test(text.slice(end, end + 1000));
}
