import assert from "node:assert/strict";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { describe, test } from "node:test";
import * as tls from "node:tls";
import { dial, type DialCandidate, dialCandidates } from "../../../src/connection/postgres/dial.ts";
import type { Host, ServerSettings } from "../../../src/connection/settings/settings.ts";
import { Failure } from "../../../src/failure.ts";
import { server } from "./server_settings.ts";

const FIXTURES = new URL("../../fixtures/tls/", import.meta.url).pathname;
const ENCRYPTED: DialCandidate = { host: 0, tls: true };
const PLAIN: DialCandidate = { host: 0, tls: false };

/** What the server does with a connection, and a test with the settings that lead to it. */
async function withServer(
  act: (socket: net.Socket) => void,
  run: (parts: { hosts: Host[] }) => Promise<void>,
): Promise<void> {
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    act(socket);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as net.AddressInfo;
  try {
    await run({ hosts: [{ host: "localhost", address: "127.0.0.1", port }] });
  } finally {
    for (const socket of sockets) socket.destroy();
    listener.close();
  }
}

const answer = (bytes: string) => (socket: net.Socket) => {
  socket.once("data", () => socket.write(bytes));
};

const secure = async () => ({
  key: await fs.readFile(`${FIXTURES}server.key`),
  cert: await fs.readFile(`${FIXTURES}server.crt`),
});

/** Agrees to TLS, does the handshake, then greets. */
const willing = (identity: { key: Uint8Array; cert: Uint8Array }) => (socket: net.Socket) => {
  socket.once("data", () => {
    const wrapped = new tls.TLSSocket(socket, {
      isServer: true,
      secureContext: tls.createSecureContext({
        key: new TextDecoder().decode(identity.key),
        cert: new TextDecoder().decode(identity.cert),
      }),
    });
    wrapped.on("error", () => {});
    socket.write("S");
  });
};

async function failure(
  settings: ServerSettings,
  candidate: DialCandidate,
  signal?: AbortSignal,
): Promise<Failure> {
  try {
    (await dial(settings, candidate, signal ? { signal } : {})).destroy();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return assert.fail("the server was reached");
}

describe("attempts()", () => {
  const db = { host: "db", port: 5432 };
  const socket = { host: "/run", port: 5432 };
  for (
    const [sslMode, hosts, expected] of [
      ["disable", [db], ["0 plain"]],
      ["allow", [db], ["0 plain", "0 tls"]],
      ["prefer", [db], ["0 tls", "0 plain"]],
      ["require", [db], ["0 tls"]],
      ["verify-ca", [db], ["0 tls"]],
      ["verify-full", [db], ["0 tls"]],
      ["verify-full", [socket], ["0 plain"]],
      ["prefer", [socket, db], ["0 plain", "1 tls", "1 plain"]],
    ] as const
  ) {
    test(`sslmode=${sslMode} with ${hosts.map(({ host }) => host)}: ${expected}`, () => {
      const found = dialCandidates(server({ sslMode, hosts }));
      assert.deepEqual(found.map(({ host, tls }) => `${host} ${tls ? "tls" : "plain"}`), expected);
    });
  }

  test("load_balance_hosts draws the order of the hosts", () => {
    const settings = server({ sslMode: "disable", hosts: [db, db, db], loadBalanceHosts: true });
    assert.deepEqual(dialCandidates(settings, () => 0).map(({ host }) => host), [1, 2, 0]);
    assert.deepEqual(dialCandidates(settings, () => 0.999).map(({ host }) => host), [0, 1, 2]);
  });
});

describe("dial()", () => {
  test("gives a socket that nobody reads, but whose errors end nothing", async () => {
    await withServer(
      (socket) => socket.once("data", (sent) => socket.write(sent)),
      async (parts) => {
        const socket = await dial(server(parts), PLAIN);
        assert.equal(socket.listenerCount("data"), 0);
        // A server may hang up before anybody else listens.
        socket.emit("error", new Error("too soon"));
        socket.write("hello");
        const [echo] = await once(socket, "data");
        assert.equal(String(echo), "hello");
        socket.destroy();
      },
    );
  });

  test("reaches a Unix socket by its directory and port", async () => {
    const directory = await fs.mkdtemp(path.join(os.tmpdir(), "dial-"));
    const listener = net.createServer((socket) => socket.end("x"));
    listener.listen(path.join(directory, ".s.PGSQL.5433"));
    await once(listener, "listening");
    const socket = await dial(server({ hosts: [{ host: directory, port: 5433 }] }), PLAIN);
    const [greeting] = await once(socket, "data");
    assert.equal(String(greeting), "x");
    socket.destroy();
    listener.close();
    await fs.rm(directory, { recursive: true });
  });

  test("a socket that is not there is named", async () => {
    const settings = server({ hosts: [{ host: "/nowhere/at/all", port: 5433 }] });
    const { code, message, hint } = await failure(settings, PLAIN);
    assert.equal(code, "connection/refused");
    assert.match(message, /there is no socket \/nowhere\/at\/all\/\.s\.PGSQL\.5433/);
    assert.match(hint ?? "", /ls -la \/nowhere/);
  });

  test("a port where nothing listens is connection/refused and tells the sslmode", async () => {
    let hosts: Host[] = [];
    await withServer(() => {}, (parts) => Promise.resolve(void (hosts = parts.hosts)));
    const { code, message } = await failure(server({ hosts, sslMode: "allow" }), PLAIN);
    assert.equal(code, "connection/refused");
    assert.match(message, /postgres:\/\/app@localhost:\d+\/shop \(sslmode=allow\)/);
  });

  test("a name without an address is connection/host-not-found", async () => {
    const hosts = [{ host: "no-such-host.invalid", port: 5432 }];
    assert.equal((await failure(server({ hosts }), PLAIN)).code, "connection/host-not-found");
  });

  test("a server that never answers is connection/timeout after connect_timeout", async () => {
    await withServer(() => {}, async (parts) => {
      const { code, message } = await failure(server({ ...parts, connectTimeout: 1 }), ENCRYPTED);
      assert.equal(code, "connection/timeout");
      assert.match(message, /within 1 s \(connect_timeout\)/);
    });
  });

  test("an abort ends the wait as connection/interrupted", async () => {
    await withServer(() => {}, async (parts) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      const { code } = await failure(server(parts), ENCRYPTED, controller.signal);
      assert.equal(code, "connection/interrupted");
      assert.equal((await failure(server(parts), PLAIN, controller.signal)).code, code);
    });
  });

  test("prefer goes on in plain text with a server that has no TLS", async () => {
    await withServer(answer("N"), async (parts) => {
      const socket = await dial(server({ ...parts, sslMode: "prefer" }), ENCRYPTED);
      assert.equal(socket instanceof tls.TLSSocket, false);
      socket.destroy();
    });
  });

  for (
    const [bytes, sslMode, reason] of [
      ["N", "require", /does not offer TLS/],
      ["N", "allow", /does not offer TLS/],
      ["SX", "prefer", /unencrypted bytes followed/],
      ["NX", "prefer", /unencrypted bytes followed/],
      ["E\0\0\0\x08no", "prefer", /with an error/],
      ["H", "require", /is not PostgreSQL's/],
    ] as const
  ) {
    test(`the answer ${JSON.stringify(bytes)} with sslmode=${sslMode} is connection/tls`, async () => {
      await withServer(answer(bytes), async (parts) => {
        const { code, message } = await failure(server({ ...parts, sslMode }), ENCRYPTED);
        assert.equal(code, "connection/tls");
        assert.match(message, reason);
      });
    });
  }

  test("a server that hangs up when asked for TLS is connection/tls", async () => {
    await withServer((socket) => socket.once("data", () => socket.destroy()), async (parts) => {
      const { code, message } = await failure(server({ ...parts, sslMode: "require" }), ENCRYPTED);
      assert.equal(code, "connection/tls");
      assert.match(message, /closed the connection/);
    });
  });

  const roots = { root: `${FIXTURES}root.crt`, other: `${FIXTURES}other_root.crt` };
  for (
    const [sslMode, sslRootCert, host, reason] of [
      ["require", undefined, "localhost", undefined],
      ["verify-ca", roots.root, "any.name", undefined],
      ["verify-full", roots.root, "localhost", undefined],
      ["verify-full", roots.root, "any.name", /does not name any\.name/],
      ["verify-full", roots.root, "127.0.0.1", /does not name 127\.0\.0\.1/],
      ["verify-ca", roots.other, "localhost", /is not trusted/],
      ["require", roots.other, "localhost", /is not trusted/],
      ["verify-full", "/none", "localhost", /root certificate \/none does not exist/],
      ["verify-ca", undefined, "localhost", /no root certificate/],
      ["require", "/none", "localhost", undefined],
    ] as const
  ) {
    const outcome = reason === undefined ? "is accepted" : "is refused";
    const file = sslRootCert && path.basename(sslRootCert);
    test(`${sslMode} with root ${file} at ${host} ${outcome}`, async () => {
      await withServer(willing(await secure()), async ({ hosts: [reached] }) => {
        assert(reached);
        const settings = server({
          hosts: [{ ...reached, host }],
          sslMode,
          ...(sslRootCert === undefined ? {} : { sslRootCert }),
        });
        if (reason === undefined) {
          const socket = await dial(settings, ENCRYPTED);
          assert(socket instanceof tls.TLSSocket);
          assert.equal(socket.listenerCount("data"), 0);
          socket.destroy();
        } else {
          const { code, message } = await failure(settings, ENCRYPTED);
          assert.equal(code, "connection/tls");
          assert.match(message, reason);
        }
      });
    });
  }
});
