import { expect, test } from "vitest";
import { upstreamFrom, upstreamSchema } from "../../../server/follow/settings.ts";

test("an upstream is a url, a way to one, or an etcd, in short or whole; files are relative to the configuration", () => {
  const read = (written: unknown) => upstreamFrom(upstreamSchema.parse(written), "/etc");
  expect(read("http://a:7070")).toEqual({ url: "http://a:7070", tls: {} });
  expect(read({ url: "https://a:7070", token: "token" })).toMatchObject({ token: "/etc/token" });
  const etcd = ["http://a:2379", "http://b:2379"];
  expect(read("etcd://a:2379,b:2379/traefik")).toMatchObject({ etcd, prefix: "traefik" });
  expect(read({ etcd: ["https://a:2379"], username: "x", password: "secret", tls: { ca: "/ca.pem" } })).toMatchObject({
    prefix: "traefik",
    password: "/etc/secret",
    tls: { ca: "/ca.pem" },
  });
});

test.each([
  ["a:7070", /http or https address/],
  ["etcd://a:2379", /written etcd:\/\/HOST:PORT/],
  ["etcd://me:hunter2@a:2379/traefik", /written etcd:\/\/HOST:PORT/],
  ["etcd://a:2379/one/two", /written etcd:\/\/HOST:PORT/],
  [{ etcd: ["redis://a:6379"] }, /begins with http/],
  [{ etcd: ["http://a:2379"], username: "x" }, /needs password/],
  [{ etcd: ["http://a:2379"], url: "http://a:7070" }, /url/],
  [{ url: "http://a:7070", prefix: "traefik" }, /prefix/],
  [3, /expected object/],
])("%j is refused", (written, words) => {
  const { error } = upstreamSchema.safeParse(written);
  expect(error?.issues[0]?.message).toMatch(words);
  expect(error?.message).not.toContain("hunter2");
});
