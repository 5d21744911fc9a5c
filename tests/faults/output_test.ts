import { OUTPUT } from "./output.ts";
import { testSomePoints } from "./some_points.ts";

testSomePoints(OUTPUT, { newest: 4, other: 0 });
