// Pure.
/**
 * The platforms that `deno task compile` builds for, and the Bun that is inside each executable.
 *
 * @module
 */

/** One kind of executable. */
export interface Target {
  /** What `--target`, `version` and the file's name say; Bun's name for it, without `bun-`. */
  readonly name: string;
  /** npm's package of `BUN_VERSION` for it, without `@oven/bun-`. */
  readonly package: string;
  /** Of that package, as the registry tells it. */
  readonly integrity: string;
}

/** As `deno.json` has it. */
export const BUN_VERSION = "1.4.5";

/** What `dist/migrator` is. */
export const DEFAULT_TARGET = "linux-x64";

/** All that can be built. */
export const TARGETS: readonly Target[] = [
  {
    name: "linux-x64",
    package: "linux-x64",
    integrity:
      "sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==",
  },
  {
    name: "linux-x64-baseline",
    package: "linux-x64-baseline",
    integrity:
      "sha512-s8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA==",
  },
  {
    name: "linux-x64-musl",
    package: "linux-x64-musl",
    integrity:
      "sha512-10QoW/YfTgnURaGEaHpJCiXjLI2e5iTtfVDaA5JKcyUzaa1cq6cVUY9/Uq5XkYzvtRjHLRe9Oj/lTDIQcxy8HQ==",
  },
  {
    name: "linux-arm64",
    package: "linux-aarch64",
    integrity:
      "sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
  },
  {
    name: "linux-arm64-musl",
    package: "linux-aarch64-musl",
    integrity:
      "sha512-XCNc+WvvMAdNNb+OWTogpy+N9wm62fkVeEVLb6how0RZhW5LPi6c7BlkeVCuWps7XjEl2saFpHFa20/1E+PAHg==",
  },
  {
    name: "darwin-arm64",
    package: "darwin-aarch64",
    integrity:
      "sha512-4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==",
  },
  {
    name: "darwin-x64",
    package: "darwin-x64",
    integrity:
      "sha512-qkLPMGHZM9NI6CeHTWwVezzmlo6cC4Ta7yUAjYIWXS366qQcOlcp75t2uZyiuVRBMPS0h9qE0tCcvCHGaFqjJg==",
  },
  {
    name: "windows-x64",
    package: "windows-x64",
    integrity:
      "sha512-FNvply651vcE/GHgNWz6mZvhmkwBuu8Hw54oNzA+CQog+HW+542rXQmZqNHRkFxazD9L3xi+iTtvO3engAgJfw==",
  },
];

/** @throws {Error} When there is none of that name, with those there are. */
export function targetNamed(name: string): Target {
  const target = TARGETS.find((one) => one.name === name);
  if (target) return target;
  throw new Error(`--target takes ${TARGETS.map((one) => one.name).join(", ")}, not ${name}`);
}

/** The name of an executable for a target. */
export function fileName({ name }: Target): string {
  return `migrator-${name}${name.startsWith("windows-") ? ".exe" : ""}`;
}
