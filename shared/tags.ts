/** Config keys that the stacks write on every instance they make. They are static; the server only reads them. */
export const tags = {
  /** The group's name. An instance that has not got it is no replica, whatever its name. */
  group: "user.rollcall.group",
  /** The replica's index, as text. */
  replica: "user.rollcall.replica",
  /** A hash of the group's `instance` part. It is shown, and decides nothing. */
  spec: "user.rollcall.spec",
} as const;

/**
 * The config key by which a person gives one instance another weight than its group's file does, `0` to `65535`. The stacks never
 * write it, and the server only reads it.
 */
export const weightKey = "user.rollcall.weight";
