/** Config keys that the stacks write on every instance they make. They are static; the server only reads them. */
export const tags = {
  /** The group's name. An instance without it is not a replica, whatever its name. */
  group: "user.rollcall.group",
  /** The replica's index, as text. */
  replica: "user.rollcall.replica",
  /** A hash of the group's `instance` part. It is only shown; nothing depends on it. */
  spec: "user.rollcall.spec",
} as const;

/**
 * The config key with which a person gives one instance its own weight, `0` to `65535`, instead of that of the group's file. The stacks
 * never write it; the server only reads it.
 */
export const weightKey = "user.rollcall.weight";
