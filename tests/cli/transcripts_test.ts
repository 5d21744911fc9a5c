import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Server, sharedCluster } from "../support/cluster.ts";
import { replay } from "./transcript.ts";

const DIRECTORY = fileURLToPath(new URL("./transcripts/", import.meta.url));

/** Writes what is answered now into the transcripts, to be read as a diff before it is believed. */
const ACCEPT = process.env["MIGRATOR_TEST_ACCEPT"] === "1";

describe("the command line answers as its transcripts say", () => {
  let server: Server;
  before(async () => {
    server = await sharedCluster(18);
  });

  for (const name of fs.readdirSync(DIRECTORY).sort()) {
    test(name, { timeout: 120_000 }, async () => {
      const file = path.join(DIRECTORY, name);
      const transcript = fs.readFileSync(file, "utf8");
      const replayed = await replay(transcript, server);
      if (ACCEPT) fs.writeFileSync(file, replayed);
      else assert.equal(replayed, transcript);
    });
  }
});

describe("a transcript", () => {
  test("is not kept when one word of an answer is another", async () => {
    const server = await sharedCluster(18);
    const truth = await replay("$ migrator stauts\n", server);
    assert.match(truth, /^= 2$/m);
    assert.match(truth, /^! .*"stauts"/m);
    const lie = truth.replace("= 2", "= 0").replace("no command", "a command");
    assert.equal(await replay(lie, server), truth);
  });
});
