import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRegexp } from "../../../traefik/rule/re2.ts";
import { anyGoRegexp, sampleTexts } from "../../support/cases/regexps.ts";
import { titled } from "../../support/real/parts.ts";
import { runs } from "../../support/runs.ts";
import { goRegexp, type Question } from "../../support/traefik/go-regexp.ts";

const go = await goRegexp();

function answer({ pattern, texts }: Question): readonly boolean[] | null {
  const reading = readRegexp(pattern, "3.7");
  return reading.ok ? texts.map(reading.test) : null;
}

/** What rollcall and Go answer differently. */
async function differences(questions: readonly Question[]) {
  const theirs = await go.ask(questions);
  return questions.flatMap((question, index) => {
    const [ours, wanted] = [answer(question), theirs[index]];
    const texts = question.texts.filter((_, at) => ours?.[at] !== wanted?.[at]);
    return (ours === null) === (wanted === null) && texts.length === 0
      ? []
      : [{ pattern: question.pattern, go: wanted && texts, rollcall: ours && texts }];
  });
}

describe.skipIf(go.missing !== undefined)(titled("a regular expression, as Go reads it", go.missing), () => {
  test("has Go's verdict, and matches what Go matches", { timeout: 300_000 }, async () => {
    const seed = Date.now() % 0x7fffffff;
    const patterns = fc.sample(anyGoRegexp, { numRuns: runs(1000), seed });
    const questions = patterns.map((pattern) => ({ pattern, texts: sampleTexts }));
    expect(await differences(questions), `seed ${seed}`).toEqual([]);
  });

  test("has Go's verdict on every name in \\p{} of Unicode's newest, in any spelling", async () => {
    const { version, categories, scripts, aliases } = await go.names();
    expect(version).toBe("15.0.0");
    const names = [...categories, ...scripts, ...aliases, ...further].flatMap(spellings);
    const questions = names.flatMap((name) =>
      [`\\p{${name}}`, `[\\P{${name}}]`].map((pattern) => ({ pattern, texts: sampleTexts })),
    );
    expect(await differences(questions)).toEqual([]);
  });

  // Go 1.25 was the first with Cn, LC, aliases and any case (https://go.dev/doc/go1.25, regexp/syntax).
  test("of a Traefik before 3.6 has the names of Go 1.24: Any, categories and scripts as Unicode spells them", async () => {
    const { categories, scripts, aliases } = await go.names();
    const old = new Set(["Any", ...categories.filter((name) => name !== "Cn" && name !== "LC"), ...scripts]);
    const names = new Set([...categories, ...scripts, ...aliases, ...further].flatMap(spellings));
    const taken = [...names].filter((name) => readRegexp(`\\p{${name}}`, "3.5").ok);
    expect(new Set(taken.map((name) => name.replace("^", "")))).toEqual(old);
  });
});

function spellings(name: string): string[] {
  const other = [name.toLowerCase(), name.toUpperCase(), name.replaceAll("_", ""), name.replaceAll("_", " ")];
  return [name, ...other, `^${name}`, ` ${name}-`];
}

/** Names that Node or re2js knows, and no table of Go has. */
const further =
  `Any ASCII Assigned Lc Zzzz Unknown L_C K \u212ahmer \u017finhala Beria_Erfe Garay Gurung_Khema Kirat_Rai Ol_Onal Sidetic
  Sunuwar Tai_Yo Todhri Tolong_Siki Tulu_Tigalari Grek Latn Hira Qaai Zyyy Alphabetic Emoji ID_Start Uppercase Lowercase
  White_Space L& General_Category=L Script=Greek sc=Grek scx=Grek gc=Lu`.split(/\s+/);
