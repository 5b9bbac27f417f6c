import type { Driver } from "../../../embedded-daemon/driver.ts";

/** Publishes an image that boots, but never has an address: the lab's `web` without its DHCP script. Takes the alias from an older one. */
export async function breakImage(driver: Driver, alias: string): Promise<void> {
  await removeImage(driver, alias);
  const name = `${alias}-maker`;
  const instance = `/instances/${name}?project=${driver.project}`;
  await driver.create(name);
  await driver.ask("DELETE", `/instances/${name}/files?path=/bin/lease&project=${driver.project}`);
  const source = { type: "instance", name };
  await driver.ask("POST", `/images?project=${driver.project}`, { source, aliases: [{ name: alias }] });
  await driver.ask("DELETE", instance);
}

export async function removeImage(driver: Driver, alias: string): Promise<void> {
  const found = (await driver
    .ask("GET", `/images/aliases/${alias}?project=${driver.project}`)
    .catch(() => undefined)) as { target: string } | undefined;
  if (found) await driver.ask("DELETE", `/images/${found.target}?project=${driver.project}`);
}
