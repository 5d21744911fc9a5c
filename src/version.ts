// Pure.
/** The version of this program, as `version` prints it and history rows keep it. */
export const VERSION = "0.1.0";
