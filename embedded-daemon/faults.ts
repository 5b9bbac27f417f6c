/** What the next listings answer instead of the truth. */
export type ListingFault =
  | "error-500"
  | "cut"
  | "not-json"
  | "wrong-shape"
  | "hang"
  | "empty"
  | { status: number; body: string }
  /** The true body, changed. */
  | { rewrite: (body: string) => string }
  /** The true body, with the connection cut behind so many bytes. */
  | { cutAt: number };

/** A span in milliseconds, or its two ends between which each one is drawn at random. */
export type Delay = number | readonly [number, number];

/** The ways in which this daemon can be made to misbehave; all can be changed at any time. */
export interface Faults {
  /** Time between an instance being Running and its address being in state.network. */
  addressDelay: Delay;
  /** Cuts every event stream at the TCP level, without a close frame. */
  dropStreams(): void;
  /** New event streams are answered with 500. */
  refuseStreams: boolean;
  /** Streams are accepted, but carry neither events nor pings. */
  silentStreams: boolean;
  /** Every event is late by 0 to 6 ms of its own, so neighbours swap, as on the real LXD. */
  reorderEvents: boolean;
  /** No event is sent; pings are. */
  loseEvents: boolean;
  /** The next `times` listings (1 if left out) go wrong in this way; calls queue up. */
  nextListing(fault: ListingFault, times?: number): void;
  /** Every listing goes wrong in this way, those of `nextListing` aside. */
  everyListing: ListingFault | undefined;
  /** How long every listing takes, in milliseconds. */
  listingDelay: number;
  /** Instances listed as a cluster lists those of a dead member: Error 112, config, devices and state null. */
  errorStubs: Set<string>;
  /** Cluster members that hang: a listing waits 30 s for them, and what is asked of one of their instances is not answered. */
  hungMembers: Set<string>;
  /** Cluster members that count as offline, by their own cluster. Their instances are listed as stubs. */
  offlineMembers: Set<string>;
  /** Running operations are listed for nobody: 403. */
  refuseOperations: boolean;
  /** How long a snapshot freezes its instance, in milliseconds. */
  snapshotFreeze: number;
  /** Accepts connections and answers nothing, as after SIGSTOP; false again, and everything held back is answered. */
  hangAll: boolean;
}

/** The daemon's own side of the faults. */
export interface FaultDesk extends Faults {
  takeListingFault(): ListingFault | undefined;
  /** Resolves at once, or when `hangAll` ends. */
  awake(): Promise<void>;
}

export function createFaults(addressDelay: Delay, dropStreams: () => void): FaultDesk {
  const queued: ListingFault[] = [];
  let hung: { promise: Promise<void>; end: () => void } | undefined;
  return {
    addressDelay,
    dropStreams,
    refuseStreams: false,
    silentStreams: false,
    reorderEvents: false,
    loseEvents: false,
    everyListing: undefined,
    listingDelay: 0,
    errorStubs: new Set(),
    hungMembers: new Set(),
    offlineMembers: new Set(),
    refuseOperations: false,
    snapshotFreeze: 80,
    nextListing(fault, times = 1) {
      for (let n = 0; n < times; n += 1) queued.push(fault);
    },
    takeListingFault() {
      return queued.shift() ?? this.everyListing;
    },
    get hangAll() {
      return hung !== undefined;
    },
    set hangAll(value) {
      if (value === (hung !== undefined)) return;
      hung?.end();
      hung = value ? gate() : undefined;
    },
    async awake() {
      while (hung !== undefined) await hung.promise;
    },
  };
}

function gate(): { promise: Promise<void>; end: () => void } {
  let end = () => {};
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { promise, end };
}
