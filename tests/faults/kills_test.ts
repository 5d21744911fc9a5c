import { KILLS } from "./kills.ts";
import { testSomePoints } from "./some_points.ts";

testSomePoints(KILLS, { newest: 10, other: 3 });
