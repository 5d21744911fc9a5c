/**
 * Every family of faults, in the order in which they are tried.
 *
 * @module
 */

import { DURABILITY } from "./durability.ts";
import type { Family } from "./family.ts";
import { KILLS } from "./kills.ts";
import { OBJECTS } from "./objects.ts";
import { ROLE_SETTINGS } from "./settings.ts";

export const FAMILIES: readonly Family[] = [KILLS, DURABILITY, ROLE_SETTINGS, OBJECTS];
