/**
 * Debian's Chromium, driven by its DevTools protocol.
 *
 * @module
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";

/** The browser of this machine; undefined where there is none. */
export function findChromium(): string | undefined {
  return ["chromium", "chromium-browser", "google-chrome"].find((name) =>
    spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0
  );
}

/** A browser with a profile of its own. */
export interface Browser {
  /** Opens a page; pages of one person share cookies, those of two do not. */
  open(url: string, options?: OpenOptions): Promise<Page>;
  close(): Promise<void>;
}

/** How a page is shown. */
export interface OpenOptions {
  readonly person?: string;
  readonly width?: number;
  readonly height?: number;
  readonly isDark?: boolean;
  readonly hasScript?: boolean;
}

/** One page. */
export interface Page {
  go(url: string): Promise<void>;
  /** The value of an expression; promises are awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until the expression is true. */
  until(expression: string, what?: string): Promise<void>;
  /** Clicks at an element, and waits until the page that follows is loaded. */
  submit(selector: string): Promise<void>;
  type(selector: string, text: string): Promise<void>;
  press(key: "Tab" | "Enter" | " "): Promise<void>;
  /** PNG. */
  screenshot(options?: { readonly isWhole?: boolean }): Promise<Uint8Array>;
  close(): Promise<void>;
  /** What was written to its console, and what its policy refused. */
  readonly complaints: readonly string[];
}

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--remote-debugging-port=0",
];

/** Starts it. */
export async function startBrowser(program: string): Promise<Browser> {
  const profile = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-browser-"));
  const child = spawn(program, [...FLAGS, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const protocol = await connect(await addressOf(child));
  const people = new Map<string, string>();
  return {
    async open(url, { person = "ada", width = 1280, height = 900, isDark, hasScript = true } = {}) {
      const known = people.get(person);
      const browserContextId = known ??
        (await protocol.send("Target.createBrowserContext", {})).browserContextId as string;
      people.set(person, browserContextId);
      const { targetId } = await protocol.send("Target.createTarget", {
        url: "about:blank",
        browserContextId,
      });
      const { sessionId } = await protocol.send("Target.attachToTarget", {
        targetId,
        flatten: true,
      });
      const page = pageOf(protocol, {
        session: sessionId as string,
        close: () => protocol.send("Target.closeTarget", { targetId }),
      });
      await page.send("Page.enable");
      await page.send("Runtime.enable");
      await page.send("Log.enable");
      await page.send("Emulation.setDeviceMetricsOverride", {
        width,
        height,
        deviceScaleFactor: 1,
        mobile: width < 600,
      });
      await page.send("Emulation.setEmulatedMedia", {
        features: [{ name: "prefers-color-scheme", value: isDark ? "dark" : "light" }],
      });
      if (!hasScript) await page.send("Emulation.setScriptExecutionDisabled", { value: true });
      await page.go(url);
      return page;
    },
    async close() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      protocol.close();
      // Its other processes end a little later, and write until then.
      for (let tries = 0;; tries++) {
        try {
          return await fs.rm(profile, { recursive: true, force: true });
        } catch (error) {
          if (tries >= 20) throw error;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    },
  };
}

async function addressOf(child: ChildProcess): Promise<string> {
  let said = "";
  for await (const chunk of child.stderr!) {
    said += String(chunk);
    const found = /DevTools listening on (\S+)/.exec(said);
    if (found) {
      // Nobody reads the rest, which must not fill the pipe.
      child.stderr!.resume();
      return found[1]!;
    }
  }
  throw new Error(`The browser did not start: ${said}`);
}

type Fields = Record<string, unknown>;

interface Protocol {
  send(method: string, params: Fields, session?: string): Promise<Fields>;
  listen(session: string, listener: (method: string, params: Fields) => void): void;
  close(): void;
}

async function connect(address: string): Promise<Protocol> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const waiting = new Map<number, (answer: Fields) => void>();
  const listeners = new Map<string, (method: string, params: Fields) => void>();
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as Fields;
    if (typeof message["id"] === "number") {
      waiting.get(message["id"])?.(message);
      waiting.delete(message["id"]);
    } else {
      listeners.get(String(message["sessionId"]))?.(
        String(message["method"]),
        message["params"] as Fields,
      );
    }
  };
  let count = 0;
  return {
    async send(method, params, sessionId) {
      const id = ++count;
      const answer = await new Promise<Fields>((resolve) => {
        waiting.set(id, resolve);
        socket.send(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }));
      });
      if (answer["error"]) throw new Error(`${method}: ${JSON.stringify(answer["error"])}`);
      return answer["result"] as Fields;
    },
    listen: (session, listener) => void listeners.set(session, listener),
    close: () => socket.close(),
  };
}

const MOST_MS = 20_000;

const KEYS = {
  "Tab": { key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 },
  "Enter": { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" },
  " ": { key: " ", code: "Space", windowsVirtualKeyCode: 32, text: " " },
};

function pageOf(
  protocol: Protocol,
  { session, close }: { readonly session: string; readonly close: () => Promise<unknown> },
) {
  const complaints: string[] = [];
  let loads = 0;
  protocol.listen(session, (method, params) => {
    if (method === "Page.loadEventFired") loads++;
    if (method === "Log.entryAdded") complaints.push(String((params["entry"] as Fields)["text"]));
    if (method === "Runtime.exceptionThrown") complaints.push(JSON.stringify(params));
  });
  const send = (method: string, params: Fields = {}) => protocol.send(method, params, session);
  const loadedAfter = async (before: number) => {
    for (let waited = 0; loads === before; waited += 20) {
      if (waited > MOST_MS) throw new Error("no page was loaded");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const page = {
    send,
    complaints,
    close: async () => void await close(),
    async go(url: string) {
      const before = loads;
      await send("Page.navigate", { url });
      await loadedAfter(before);
    },
    async evaluate<T>(expression: string): Promise<T> {
      const { result, exceptionDetails } = await send("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
      return (result as Fields)["value"] as T;
    },
    async until(expression: string, what = expression) {
      for (let waited = 0; !await page.evaluate<boolean>(expression); waited += 50) {
        if (waited > MOST_MS) throw new Error(`Waited in vain: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async submit(selector: string) {
      const before = loads;
      await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
      await loadedAfter(before);
    },
    async type(selector: string, text: string) {
      await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).focus()`);
      await send("Input.insertText", { text });
    },
    async press(key: keyof typeof KEYS) {
      await send("Input.dispatchKeyEvent", { type: "keyDown", ...KEYS[key] });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...KEYS[key] });
    },
    async screenshot({ isWhole = false } = {}) {
      const { data } = await send("Page.captureScreenshot", {
        format: "png",
        captureBeyondViewport: isWhole,
      });
      return Uint8Array.from(atob(String(data)), (one) => one.charCodeAt(0));
    },
  };
  return page;
}
