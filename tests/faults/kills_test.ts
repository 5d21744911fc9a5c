import { KILLS } from "./kills.ts";
import { testSomePoints } from "./some_points.ts";

testSomePoints(KILLS, { newest: 8, other: 2 });
