/**
 * Every family of faults, in the order in which they are tried.
 *
 * @module
 */

import { BLACKHOLE } from "./blackhole.ts";
import { DURABILITY } from "./durability.ts";
import type { Family } from "./family.ts";
import { FAILOVER } from "./failover.ts";
import { KILLS } from "./kills.ts";
import { NETWORK } from "./network.ts";
import { OBJECTS } from "./objects.ts";
import { OUTPUT } from "./output.ts";
import { ROLE_SETTINGS } from "./settings.ts";

export const FAMILIES: readonly Family[] = [
  DURABILITY,
  NETWORK,
  BLACKHOLE,
  FAILOVER,
  OUTPUT,
  ROLE_SETTINGS,
  OBJECTS,
  KILLS,
];
