import { describe, expect, test } from "vitest";
import { answerOf, bytesListed, quick } from "../../embedded-daemon/quick.ts";
import { pause, record } from "../contract/stream.ts";

describe("listing faults", () => {
  test("error-500, not-json, wrong-shape and empty are answers; each is used once, in order", async () => {
    await using bench = await quick();
    const { lxd, driver } = bench;
    await driver.launch("web-0");
    lxd.faults.nextListing("error-500");
    lxd.faults.nextListing("not-json");
    lxd.faults.nextListing("wrong-shape");
    lxd.faults.nextListing("empty", 2);
    await expect(driver.list()).rejects.toThrow("context deadline exceeded");
    await expect(driver.list()).rejects.toThrow("JSON");
    expect((await driver.list())[0]).not.toHaveProperty("config");
    expect([await driver.list(), await driver.list()]).toEqual([[], []]);
    expect(await driver.list()).toHaveLength(1);
    expect(lxd.counts.listings).toBe(6);
  });

  test("an answer of one's own", async () => {
    await using bench = await quick();
    const { lxd, driver } = bench;
    lxd.faults.nextListing({ status: 403, body: '{"type":"error","error":"not authorized","error_code":403}' });
    await expect(driver.list()).rejects.toThrow("not authorized");
  });

  test("cut ends the connection in the middle of the body", async () => {
    await using bench = await quick();
    const { lxd, driver } = bench;
    lxd.faults.nextListing("cut");
    await expect(driver.list()).rejects.toThrow();
    expect(await driver.list()).toEqual([]);
  });

  test("hang answers nothing, and counts as in flight until the client gives up", async () => {
    await using bench = await quick();
    const { lxd } = bench;
    lxd.faults.nextListing("hang");
    const giveUp = new AbortController();
    const asked = bytesListed(lxd.socket, { signal: giveUp.signal });
    await expect.poll(() => lxd.counts.listingsInFlight).toBe(1);
    await pause(50);
    expect(lxd.counts.listingsInFlight).toBe(1);
    giveUp.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => lxd.counts.listingsInFlight).toBe(0);
  });

  test("listingDelay makes listings overlap where a client lets them", async () => {
    await using bench = await quick();
    const { lxd, driver } = bench;
    lxd.faults.listingDelay = 50;
    await Promise.all([driver.list(), driver.list(), driver.list()]);
    expect(lxd.counts.maxListingsInFlight).toBe(3);
  });

  test("an error stub has neither config nor devices nor state", async () => {
    await using bench = await quick();
    const { lxd, driver, launched } = bench;
    await launched("web-0");
    lxd.faults.errorStubs.add("web-0");
    expect(await driver.list()).toEqual([
      expect.objectContaining({
        name: "web-0",
        status: "Error",
        status_code: 112,
        config: null,
        devices: null,
        state: null,
      }),
    ]);
    lxd.faults.errorStubs.clear();
    expect((await driver.list())[0]?.status).toBe("Running");
  });
});

describe("stream faults", () => {
  test("dropStreams cuts, refuseStreams refuses", async () => {
    await using bench = await quick();
    const { lxd } = bench;
    const stream = await record(lxd.socket);
    expect(lxd.counts.openStreams).toBe(1);
    lxd.faults.dropStreams();
    expect(await stream.closed).toBe(1006);
    lxd.faults.refuseStreams = true;
    await expect(record(lxd.socket)).rejects.toThrow("500");
    lxd.faults.refuseStreams = false;
    (await record(lxd.socket)).close();
    expect(lxd.counts.streams).toBe(2);
  });

  test("silentStreams carry neither pings nor events, loseEvents only pings", async () => {
    await using bench = await quick();
    const { lxd, driver } = bench;
    lxd.faults.silentStreams = true;
    const silent = await record(lxd.socket);
    await driver.launch("web-0");
    lxd.faults.silentStreams = false;
    lxd.faults.loseEvents = true;
    const lossy = await record(lxd.socket);
    await driver.launch("web-1");
    await pause(50);
    expect([silent.events.length, silent.pings.length]).toEqual([0, 0]);
    expect([lossy.events.length, lossy.pings.length]).toEqual([0, 1]);
    silent.close();
    lossy.close();
  });

  test("reorderEvents swaps neighbours and loses none", async () => {
    await using bench = await quick();
    const { lxd, driver } = bench;
    lxd.faults.reorderEvents = true;
    const stream = await record(lxd.socket);
    for (let n = 0; n < 5; n += 1) await driver.launch(`web-${n}`);
    await expect.poll(() => stream.events.length).toBe(lxd.counts.events);
    const times = stream.events.map((event) => event.timestamp);
    expect(times).not.toEqual([...times].sort());
    stream.close();
  });
});

describe("absence", () => {
  test("goAway cuts everything but the instances; comeBack knows all that was", async () => {
    await using bench = await quick();
    const { lxd, driver, launched } = bench;
    const address = await launched("web-0");
    const stream = await record(lxd.socket);
    await lxd.goAway();
    expect(await stream.closed).toBe(1006);
    await expect(driver.list()).rejects.toThrow("ECONNREFUSED");
    expect(await answerOf(address)).toBe(`web-0 ${address} v1\n`);
    await lxd.comeBack();
    expect((await driver.list()).map((each) => each.name)).toEqual(["web-0"]);
  });

  test("hangAll accepts and answers nothing; afterwards what was asked and what happened arrives", async () => {
    await using bench = await quick();
    const { lxd, driver, launched } = bench;
    await launched("web-0");
    const stream = await record(lxd.socket);
    lxd.faults.hangAll = true;
    const listing = driver.list();
    await lxd.guest("web-0").crash();
    expect(await Promise.race([listing, pause(100).then(() => "nothing yet")])).toBe("nothing yet");
    expect(stream.events).toEqual([]);
    lxd.faults.hangAll = false;
    expect((await listing)[0]?.status).toBe("Stopped");
    await expect.poll(() => stream.events.length).toBe(1);
    stream.close();
  });
});
