import { OBJECTS } from "./objects.ts";
import { testSomePoints } from "./some_points.ts";

testSomePoints(OBJECTS, { newest: 4, other: 1 });
