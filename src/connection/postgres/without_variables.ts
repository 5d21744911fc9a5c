import process from "node:process";

/**
 * Does something, without a pause, while no `PG*` variable is set. postgres.js reads some of them by
 * itself, by rules of its own (`PGTARGETSESSIONATTRS=any` is an error to it), and cannot be told not to;
 * all that they say has been heard before.
 */
export function withoutVariables<T>(action: () => T): T {
  const hidden = Object.entries(process.env).filter(([name]) => name.startsWith("PG"));
  for (const [name] of hidden) delete process.env[name];
  try {
    return action();
  } finally {
    for (const [name, value] of hidden) process.env[name] = value;
  }
}
