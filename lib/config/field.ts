import { z } from 'zod';

/** What an operator reads when a field is wrong. */
export interface Hint {
  /** The rule, completing "must be …". */
  readonly rule: string;
  /** What to write instead, an imperative. */
  readonly fix: string;
}

/** Hints by schema; `mistakes.ts` looks them up by path. */
export const hints = z.registry<Hint>();

export const field = <S extends z.ZodType>(schema: S, about: string, rule: string, fix: string): S => {
  const described = schema.describe(`${about} Must be ${rule}.`);
  hints.add(described, { rule, fix });
  return described;
};

const confidentials = new WeakSet<z.core.$ZodType>();

/** What a person writes there may be a secret: no mistake shows it. */
export const confidential = <S extends z.ZodType>(schema: S): S => {
  confidentials.add(schema);
  return schema;
};

export const isConfidential = (schema: z.core.$ZodType): boolean => confidentials.has(schema);

export const oneOf = (values: readonly (string | number)[]): string => `one of ${values.join(', ')}`;

export const wholeNumber = (
  min: number,
  max: number,
  unit: string,
  about: string,
  example: number,
): z.ZodInt =>
  field(
    z.int().min(min).max(max),
    about,
    `a whole number from ${min} to ${max}${unit && ` ${unit}`}`,
    `write a number in that range, e.g. ${example}`,
  );

export const truth = (about: string): z.ZodDefault<z.ZodBoolean> =>
  field(z.boolean(), `${about} Default: false.`, 'true or false', 'write true, or leave the key out').default(
    false,
  );
