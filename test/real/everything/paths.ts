import { expect, test } from "vitest";
import type { GoldenStage } from "./golden-stage.ts";

/** What becomes of the path. */
export function paths(golden: () => GoldenStage): void {
  test.each([
    ["addPrefix", "add-prefix", "/x", "/added/x"],
    ["stripPrefix", "strip-prefix", "/api/x", "/x"],
    ["stripPrefixRegex", "strip-prefix-regex", "/shop/a1/x", "/x"],
    ["replacePath", "replace-path", "/x", "/instead"],
    ["replacePathRegex", "replace-path-regex", "/old/x", "/new/x"],
    ["chain", "chain", "/api/x", "/added/x"],
  ])("%s: %s.test%s is %s to the backend", async (_, router, path, asked) => {
    expect((await golden().ask(`${router}.test`, { path })).asked().url).toBe(asked);
  });

  test("stripPrefix and replacePath say what they took away", async () => {
    const stripped = (await golden().ask("strip-prefix.test", { path: "/v1/x" })).asked();
    expect(stripped.headers["x-forwarded-prefix"]).toBe("/v1");
    const replaced = (await golden().ask("replace-path.test", { path: "/x" })).asked();
    expect(replaced.headers["x-replaced-path"]).toBe("/x");
  });

  test.each(["%2F", "%5C", "%3B", "%25", "%3F", "%23"])(
    "encodedCharacters lets %s through, or refuses it",
    async (one) => {
      const allowed = await golden().ask("encoded.test", { path: `/a${one}b` });
      expect(allowed.asked().url).toBe(`/a${one}b`);
      expect((await golden().ask("not-encoded.test", { path: `/a${one}b` })).status).toBe(400);
    },
  );

  test("redirectRegex and redirectScheme say where to go", async () => {
    const there = await golden().ask("redirect-regex.test", { path: "/a?b=c" });
    expect([there.status, there.headers.location]).toEqual([301, "https://there.test/a?b=c"]);
    const secure = await golden().ask("redirect-scheme.test", { path: "/a" });
    expect([secure.status, secure.headers.location]).toEqual([302, "https://redirect-scheme.test:8443/a"]);
  });
}
