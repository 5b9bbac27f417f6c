import { readComment } from "./comment.ts";
import { type Literal, readQuoted, readRaw } from "./literal.ts";
import { Refusal } from "./refusal.ts";

/** A Go token that rules use; everything else is `other`, and invalid anywhere. */
export interface Token {
  readonly is: "name" | "text" | "(" | ")" | "," | "&&" | "||" | "!" | "..." | "line end" | "end" | "other";
  readonly start: number;
  readonly end: number;
  /** Of a `text`. */
  readonly literal?: Literal;
}

const name = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const number = /\.?[0-9][0-9A-Za-z_.]*/y;
/** Longer ones first, as Go's scanner takes them. */
const symbol = /\.\.\.|&&|\|\||&\^=?|[&|=!<>+*/%^:-]=|<<=?|>>=?|<-|\+\+|--|[\s\S]/uy;
const known = ["(", ")", ",", "&&", "||", "!", "..."] as const;

/**
 * Gives the tokens of a rule one by one; after the last one `end` forever. As in Go a line end counts only after a name, a
 * literal or a closing bracket: there it ends the expression, and so does the end of the text.
 */
export function createScanner(source: string): () => Token {
  let at = source.startsWith("\ufeff") ? 1 : 0;
  let lineEndCounts = false;

  function token(is: Token["is"], end: number, literal?: Literal): Token {
    const start = at;
    at = end;
    lineEndCounts =
      is === "name" || is === "text" || is === ")" || (is === "other" && /[\])}0-9]$/.test(source[end - 1] ?? ""));
    return literal ? { is, start, end, literal } : { is, start, end };
  }
  function matched(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  }

  return function next(): Token {
    for (;;) {
      while (isSpace(source[at]) || (source[at] === "\n" && !lineEndCounts)) at++;
      if (at >= source.length) return token(lineEndCounts ? "line end" : "end", source.length);
      const comment = readComment(source, at);
      if (!comment) break;
      const { end, lineEnd } = comment;
      if (lineEndCounts && lineEnd !== undefined) {
        const { start } = token("line end", end);
        return { is: "line end", start: Math.max(start, lineEnd), end: lineEnd + 1 };
      }
      at = end;
    }
    const c = source[at];
    if (c === "\n") return token("line end", at + 1);
    if (c === "`") return text(readRaw(source, at));
    if (c === '"') return text(readQuoted(source, at));
    if (c === "'") throw new Refusal(at, at + 1, 'single quotes; write `text` or "text"');
    if (/[\u2018-\u201f]/.test(c ?? "")) throw new Refusal(at, at + 1, 'a curly quotation mark; write ` or "');
    const word = matched(name);
    if (word !== undefined) return token("name", at + word.length);
    const digits = matched(number);
    if (digits !== undefined) return token("other", at + digits.length);
    const found = matched(symbol) ?? "";
    return token(known.find((one) => one === found) ?? "other", at + found.length);
  };

  function text(literal: Literal): Token {
    return token("text", literal.end, literal);
  }
}

function isSpace(c: string | undefined): boolean {
  return c === " " || c === "\t" || c === "\r";
}
