import process from "node:process";

/**
 * Calls a function while no `PG*` variable is set. postgres.js reads some of these variables by its own
 * rules (`PGTARGETSESSIONATTRS=any` is an error), and has no option against that. The settings already
 * contain the values of all of them.
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
