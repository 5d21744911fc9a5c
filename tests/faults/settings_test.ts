import { ROLE_SETTINGS } from "./settings.ts";
import { testSomePoints } from "./some_points.ts";

testSomePoints(ROLE_SETTINGS, { newest: 6, other: 2 });
