/**
 * Reads a handler's environment by its contract (`environment.ts`), at invocation.
 * @throws Error naming every variable that is missing or empty
 */
export const readEnvironment = <C extends Readonly<Record<string, string>>>(
  contract: C,
): { readonly [K in keyof C]: string } => {
  const missing = Object.values(contract).filter((name) => !process.env[name]);
  if (missing.length > 0) throw new Error(`environment variable missing: ${missing.join(', ')}`);
  const entries = Object.entries(contract).map(([key, name]) => [key, process.env[name]]);
  return Object.fromEntries(entries) as { readonly [K in keyof C]: string };
};
