import { z } from 'zod';
import type { Path } from './file-mistake';

/** A schema without defaults and without being optional: what hints are of. */
export const unwrap = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault
    ? unwrap(schema.def.innerType)
    : schema;

/** What a value may be of: of a union, each member. */
const members = (schema: z.core.$ZodType): readonly z.core.$ZodType[] => {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodPipe) return members(inner.def.in);
  return inner instanceof z.ZodUnion ? inner.def.options.flatMap(members) : [inner];
};

const below = (schema: z.core.$ZodType, key: string | number): readonly z.core.$ZodType[] => {
  if (schema instanceof z.ZodObject)
    return [(schema.shape as Record<string, z.core.$ZodType>)[key]].filter((inner) => inner !== undefined);
  if (schema instanceof z.ZodArray) return [schema.def.element];
  return schema instanceof z.ZodRecord ? [schema.def.valueType] : [];
};

/** The schemas that a path of a parsed file may be of; [] where there is no such path. */
export const schemasAt = (root: z.core.$ZodType, path: Path): readonly z.core.$ZodType[] =>
  path.reduce<readonly z.core.$ZodType[]>(
    (schemas, key) => schemas.flatMap(members).flatMap((schema) => below(schema, key)),
    [root],
  );

/** The keys that a map at this path may have. */
export const keysAt = (root: z.core.$ZodType, path: Path): string[] =>
  schemasAt(root, path)
    .flatMap(members)
    .flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []));
