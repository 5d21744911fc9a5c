/**
 * Sessions of the documentation: what is typed at a prompt, and what is answered.
 *
 * ````
 * ```sql migrations/shop/1_init/up.sql
 * CREATE TABLE customers (id bigint);
 * ```
 *
 * ```console
 * $ migrator up --dry-run
 * shop: 1 migration would be applied
 * ...
 * $ migrator describe 2    # exit 2
 * ```
 * ````
 *
 * All sessions of one page are one: they run from top to bottom in one folder, with one new database in
 * DATABASE_URL, which pages call postgres://you@localhost/shop. A snippet that names a file is written
 * there when it is met, and ```` ```sql run ```` is run in the database. An answer is what a
 * terminal shows, standard error and standard output one after the other; `...` stands for any number
 * of lines. What differs from run to run (`lasting`) is not compared. With MIGRATOR_TEST_ACCEPT=1 the
 * tests write the answers of now into the pages: in whole, where `...` left something out.
 *
 * @module
 */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { lasting } from "../cli/transcript.ts";
import type { Server, TestRow } from "../support/cluster.ts";
import { commandLine, denoDirectory } from "../support/command.ts";
import { type DocumentationPage, ROOT } from "../support/documentation.ts";

/** What pages call the server. */
const SERVER = "postgres://you@localhost/shop";

/** One line after a prompt. */
export interface Step {
  readonly typed: string;
  /** As `# exit 7` behind it says; otherwise 0. */
  readonly status: number;
  readonly answer: readonly string[];
  /** Of its first line, from 0. */
  readonly line: number;
}

/** Where a page is not right, and what would be. */
export interface Problem {
  readonly message: string;
  /** From 0. */
  readonly line: number;
  /** So many lines from there on are wrong. */
  readonly count: number;
  readonly right: readonly string[];
}

/** The page without these problems. */
export function corrected(text: string, problems: readonly Problem[]): string {
  const lines = text.split("\n");
  for (const { line, count, right } of problems.toReversed()) lines.splice(line, count, ...right);
  return lines.join("\n");
}

/**
 * Fails when there are problems; or, with MIGRATOR_TEST_ACCEPT=1, corrects the page.
 *
 * @throws {AssertionError}
 */
export function settle(page: DocumentationPage, problems: readonly Problem[]): void {
  if (process.env["MIGRATOR_TEST_ACCEPT"] === "1") {
    fs.writeFileSync(path.join(ROOT, page.path), corrected(page.text, problems));
  } else {
    assert.ok(problems.length === 0, problems.map(({ message }) => message).join("\n\n"));
  }
}

/** What a session holds. */
export function stepsOf(session: string): readonly Step[] {
  const steps: { typed: string; status: number; answer: string[]; line: number }[] = [];
  for (const [index, line] of session.trimEnd().split("\n").entries()) {
    if (line.startsWith("$ ")) {
      const [, typed = "", status = "0"] = /^\$ (.*?)(?:\s+# exit (\d+))?$/.exec(line) ?? [];
      steps.push({ typed, status: Number(status), answer: [], line: index });
    } else if (steps.length === 0) throw new Error(`A session begins with "$ ", not with: ${line}`);
    else steps.at(-1)!.answer.push(line);
  }
  return steps;
}

/** Whether the lines answer, where `...` is any number of them. */
export function isAnswer(lines: readonly string[], expected: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return lines.length === 0;
  if (first !== "...") return lines[0] === first && isAnswer(lines.slice(1), rest);
  return Array.from({ length: lines.length + 1 }, (_, skipped) => lines.slice(skipped))
    .some((left) => isAnswer(left, rest));
}

/** A folder and a database in which the sessions of one page run. */
export class Session {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-session-"));
  readonly server: Server;
  readonly database: string;

  private constructor(server: Server, database: string) {
    this.server = server;
    this.database = database;
    const bin = path.join(this.directory, ".bin");
    fs.mkdirSync(bin);
    const words = commandLine().map((word) => `'${word}'`).join(" ");
    fs.writeFileSync(path.join(bin, "migrator"), `#!/bin/sh\nexec ${words} "$@"\n`, {
      mode: 0o755,
    });
  }

  static async begin(server: Server): Promise<Session> {
    return new Session(server, await server.createDatabase());
  }

  write(name: string, text: string): void {
    const file = path.join(this.directory, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }

  /** The rows that the last statement gives, in the database of DATABASE_URL. */
  sql(text: string): Promise<TestRow[]> {
    return this.server.sql(this.database, text);
  }

  /** Runs what was typed; the ways in which a terminal may show its two streams. */
  async type(typed: string): Promise<{ status: number | null; shown: readonly string[] }> {
    const child = spawn("/bin/sh", ["-c", typed], {
      cwd: this.directory,
      env: {
        PATH: `${this.directory}/.bin:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
        HOME: this.directory,
        TMPDIR: os.tmpdir(),
        DENO_DIR: denoDirectory(),
        DATABASE_URL: this.server.url(this.database),
        NO_COLOR: "1",
        EDITOR: "true",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const texts = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (chunk: string) => texts[stream] += chunk);
    }
    const [status] = await once(child, "close");
    const { stdout, stderr } = texts;
    return { status, shown: [stderr + stdout, stdout + stderr] };
  }

  /**
   * Runs a page from top to bottom.
   *
   * @param done Called after each command.
   * @returns What was answered otherwise than the page says.
   */
  async replay(
    { path: name, blocks }: DocumentationPage,
    done: (typed: string) => Promise<void> = async () => {},
  ): Promise<readonly Problem[]> {
    const problems: Problem[] = [];
    for (const { language, about, text, line } of blocks) {
      if (language !== "console") {
        if (/^[\w./-]+\.(sql|yaml)$/.test(about)) this.write(about, text);
        if (about === "run") await this.sql(text);
        continue;
      }
      for (const { typed, status, answer, line: inside } of stepsOf(text)) {
        const found = await this.type(typed);
        await done(typed);
        const expected = this.#linesOf(answer.join("\n"));
        const isRight = found.shown.some((shown) => isAnswer(this.#linesOf(shown), expected));
        if (found.status === status && isRight) continue;
        const exit = found.status === 0 ? "" : `    # exit ${found.status}`;
        const shown = found.shown[0]!.replaceAll(this.#label, SERVER).trimEnd();
        problems.push({
          message: `${name}:${line + inside + 1}:\n$ ${typed}${exit}\n${shown}`,
          line: line + inside,
          count: 1 + answer.length,
          right: [`$ ${typed}${exit}`, ...(shown === "" ? [] : shown.split("\n"))],
        });
      }
    }
    return problems;
  }

  end(): void {
    fs.rmSync(this.directory, { recursive: true });
  }

  get #label(): string {
    return this.server.url(this.database).split("?")[0]!;
  }

  /** As they are compared. */
  #linesOf(text: string): readonly string[] {
    const plain = lasting(text.replaceAll(SERVER, this.#label), this.#label);
    return plain.replaceAll(this.directory, "<folder>").replaceAll(/ +$/gm, "").split("\n")
      .filter((line) => line !== "");
  }
}
