// Pure.
/** The version of this program, as `parseVersionOption` prints it and history rows keep it. */
export const VERSION = "0.1.0";
