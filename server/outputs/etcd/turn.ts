import type { EtcdClient } from "./client.ts";
import type { Compare } from "./wire.ts";

/**
 * Whose turn it is to write: that of the one who created a key that lives as long as its lease. Every transaction compares when the key was
 * created, so that one who was paused past the end of its lease changes nothing.
 */
export interface Turn {
  /** Takes the turn if nobody has it. Gives what to compare, or who has it. */
  take(): Promise<{ readonly fence: Compare } | { readonly holder: string }>;
  /** Tells it that the fence did not hold: it may have lost the turn. */
  doubt(): void;
  /** Lets another have it at once. */
  end(): Promise<void>;
}

/** `name`: this server, as the others' status shows it. The lease ends so many seconds after this server was last heard. */
export function createTurn(client: EtcdClient, key: string, name: string, seconds: number): Turn {
  let held: { readonly lease: string; readonly created: number } | undefined;
  /** The lease that was granted last: with it the turn may be this server's though the answer that says so did not come. */
  let granted: string | undefined;
  let isSure = false;
  let timer: NodeJS.Timeout | undefined;
  const fence = (created: number) => ({ fence: { key, created } });

  function lost() {
    clearTimeout(timer);
    held = undefined;
  }
  async function giveBack() {
    if (granted !== undefined) await client.revoke(granted).catch(() => {});
    granted = undefined;
  }
  function hold({ lease, created }: NonNullable<typeof held>) {
    held = { lease, created };
    isSure = true;
    keep(held);
    return fence(created);
  }
  function keep(mine: NonNullable<typeof held>) {
    timer = setTimeout(
      async () => {
        // While etcd can't be asked nothing can be written either.
        const lives = await client.keepAlive(mine.lease).catch(() => true);
        if (held !== mine) return;
        if (lives) keep(mine);
        else lost();
      },
      (seconds * 1000) / 3,
    );
    timer.unref();
  }

  return {
    async take() {
      if (held && isSure) return fence(held.created);
      const [before] = (await client.txn([], [{ range: { key } }])).found.flat();
      isSure = before !== undefined && before.created === held?.created;
      if (held && isSure) return fence(held.created);
      lost();
      if (before) return before.lease === granted ? hold(before) : { holder: before.value.toString() };
      const lease = await client.grant(seconds);
      granted = lease;
      const put = { put: key, value: name, lease };
      const { succeeded, revision, found } = await client.txn([{ key, created: 0 }], [put], [{ range: { key } }]);
      const [there] = found.flat();
      // Also if it was written by a first try, whose answer did not come.
      const created = succeeded ? revision : there?.lease === lease ? there.created : undefined;
      if (created === undefined) {
        await giveBack();
        return { holder: there?.value.toString() ?? "another server" };
      }
      return hold({ lease, created });
    },
    doubt() {
      isSure = false;
    },
    async end() {
      lost();
      await giveBack();
    },
  };
}
