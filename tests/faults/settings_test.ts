import { ROLE_SETTINGS } from "./settings.ts";
import { testSomePoints } from "./some_points.ts";

testSomePoints(ROLE_SETTINGS, { newest: 4, other: 1 });
