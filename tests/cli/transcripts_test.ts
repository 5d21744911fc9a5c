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

/** Replayed at the same time: each mostly waits for a process or for the server. */
const LANES = 2;

describe("the command line answers as its transcripts say", () => {
  const transcripts = fs.readdirSync(DIRECTORY).sort().map((name) => {
    const file = path.join(DIRECTORY, name);
    const text = fs.readFileSync(file, "utf8");
    return { name, file, text, replayed: Promise.withResolvers<string>() };
  });
  before(async () => {
    const server = await sharedCluster(18);
    const waiting = transcripts.values();
    for (let lane = 0; lane < LANES; lane++) void replayAll(waiting, server);
  });

  async function replayAll(waiting: Iterable<typeof transcripts[number]>, server: Server) {
    for (const { text, replayed } of waiting) {
      // Who waits for it may come later.
      replayed.promise.catch(() => {});
      await replay(text, server).then(replayed.resolve, replayed.reject);
    }
  }

  for (const { name, file, text, replayed } of transcripts) {
    test(name, { timeout: 120_000 }, async () => {
      const answers = await replayed.promise;
      if (ACCEPT) fs.writeFileSync(file, answers);
      else assert.equal(answers, text);
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
