import { FAILOVER } from "./failover.ts";
import { testSomePoints } from "./some_points.ts";

testSomePoints(FAILOVER, { newest: 1, other: 1 });
