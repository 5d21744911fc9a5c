import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { type Server, sharedCluster } from "../support/cluster.ts";
import { runMigrator, startMigrator } from "../support/command.ts";
import { temporaryFolder } from "../support/folder.ts";
