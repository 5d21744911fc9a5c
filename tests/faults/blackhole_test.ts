import { BLACKHOLE } from "./blackhole.ts";
import { testSomePoints } from "./some_points.ts";

testSomePoints(BLACKHOLE, { newest: 1, other: 0 });
