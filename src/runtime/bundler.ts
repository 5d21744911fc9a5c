/**
 * The parts of Bun's bundler that this project uses.
 *
 * @module
 */

/** Makes programs. */
export interface Bundler {
  build(options: Readonly<Record<string, unknown>>): Promise<{ readonly success: boolean }>;
}

/** What a plugin of it may ask for. */
export interface PluginBuilder {
  onLoad(
    options: { readonly filter: RegExp },
    load: (args: { readonly path: string }) => Promise<{ contents: string; loader: string }>,
  ): void;
}

/** Undefined where another runtime runs this. */
export function bundler(): Bundler | undefined {
  return (globalThis as { readonly Bun?: Bundler }).Bun;
}
