/** A process that starts a server, says where it listens, and never ends: for being killed. */

import { startCluster } from "../../support/cluster.ts";

console.log(JSON.stringify(await startCluster({ major: 18 })));
setInterval(() => {}, 60_000);
