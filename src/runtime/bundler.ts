/**
 * Types of the parts of Bun's bundler that this project uses.
 *
 * @module
 */

/** Compiles programs. */
export interface Bundler {
  build(options: Readonly<Record<string, unknown>>): Promise<{ readonly success: boolean }>;
}

/** What a Bun plugin's setup receives. */
export interface PluginBuilder {
  onLoad(
    options: { readonly filter: RegExp },
    load: (args: { readonly path: string }) => Promise<{ contents: string; loader: string }>,
  ): void;
}

/** Bun's bundler; undefined under another runtime. */
export function bundler(): Bundler | undefined {
  return (globalThis as { readonly Bun?: Bundler }).Bun;
}
