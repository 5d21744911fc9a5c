import { NETWORK } from "./network.ts";
import { testSomePoints } from "./some_points.ts";

testSomePoints(NETWORK, { newest: 4, other: 1 });
