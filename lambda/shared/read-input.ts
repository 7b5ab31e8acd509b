import type { z } from 'zod';

const LENGTH = 100;

/** A value as an error may show it: short, on one line, whatever it is. */
export const quote = (value: unknown): string => {
  const text = asText(value);
  return text.length <= LENGTH ? text : `${text.slice(0, LENGTH)}… (${text.length} characters)`;
};

const asText = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Nested too deeply, circular or with a BigInt: an error about it must not be lost for want of its picture.
    return `a value of type ${typeof value} that cannot be shown`;
  }
};

/** What is wrong, and where: the first three fields, each with the value it got. */
export const describeIssues = (error: z.ZodError, input: unknown, whole: string): string =>
  error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || whole}: ${message}, got ${quote(at(input, path))}`)
    .join('; ');

const at = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    input,
  );
