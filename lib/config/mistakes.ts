import { z } from 'zod';
import { orMeant } from '../domain/mistakes/did-you-mean';
import { valueAt, type Mistake, type Path } from '../domain/mistakes/file-mistake';
import { hints, isConfidential, type Hint } from './field';
import { attachedSchema, provisionedSchema } from './schema';
import { keysAt, schemasAt, unwrap } from '../domain/mistakes/schema-walk';

const schemaAt = (root: z.ZodType, path: Path): z.core.$ZodType | undefined => schemasAt(root, path)[0];

const hintOf = (schema: z.core.$ZodType | undefined): Hint | undefined =>
  schema && hints.get(unwrap(schema) as z.ZodType);

const containerHint = (schema: z.core.$ZodType | undefined): Hint => {
  const inner = schema && unwrap(schema);
  if (inner instanceof z.ZodObject)
    return { rule: 'a map', fix: `write keys below it: ${Object.keys(inner.shape).join(', ')}` };
  if (inner instanceof z.ZodRecord) return { rule: 'a map', fix: 'write names with a map below each' };
  if (inner instanceof z.ZodArray)
    return { rule: 'a list', fix: 'write its entries as a list, each after "- "' };
  return { rule: 'a value that the schema knows', fix: 'see environments/environment.schema.json' };
};

const REMOVE = 'remove the key';

/** Every place of the schema that has the key, e.g. `workerGroups.NAME.max`. */
const placesOf = (schema: z.core.$ZodType, key: string): string[] => {
  const inner = unwrap(schema);
  const below = (name: string, value: z.core.$ZodType): string[] =>
    placesOf(value, key).map((place) => `${name}.${place}`);
  if (inner instanceof z.ZodRecord) return below('NAME', inner.def.valueType);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape as Record<string, z.core.$ZodType>).flatMap(([name, value]) => [
    ...(name === key ? [name] : []),
    ...below(name, value),
  ]);
};

/** The one other place where a key is known, in this kind of environment or else in an attached one. */
const placeMeant = (root: z.ZodType, key: string): string | undefined => {
  const own = placesOf(root, key);
  const places = own.length > 0 ? own : placesOf(attachedSchema, key);
  return places.length === 1 ? places[0] : undefined;
};

/** What stands in an attached environment instead of keys that would make nodes. */
const INSTEAD: Readonly<Record<string, string>> = {
  controlPlane: 'name the instances in cluster.existing.controlPlane',
  workerGroups: 'name the Auto Scaling groups in cluster.existing.workerGroups',
};

const unknownKey = (root: z.ZodType, raw: unknown, path: Path, key: string): Mistake => {
  const known = keysAt(root, path);
  const mistake = { path: [...path, key], found: valueAt(raw, [...path, key]), atKey: true };
  if (root === attachedSchema && keysAt(provisionedSchema, path).includes(key)) {
    const instead = path.length === 0 && Object.hasOwn(INSTEAD, key) ? INSTEAD[key] : undefined;
    return {
      ...mistake,
      rule: 'be left out where cluster.existing names nodes that run already (Headroom creates none)',
      fix: `${instead ?? 'remove the key'}, or remove cluster.existing and let Headroom make the nodes`,
    };
  }
  // `existing` itself may be what was meant, in an environment that lacks it.
  const all = [...new Set([...known, ...keysAt(attachedSchema, path)])];
  const place = placeMeant(root, key);
  return {
    ...mistake,
    rule: `be one of the known keys: ${all.join(', ')}`,
    fix: place === undefined ? orMeant(key, all, REMOVE) : `did you mean ${place}? Otherwise ${REMOVE}`,
  };
};

const issueToMistakes = (root: z.ZodType, raw: unknown, issue: z.core.$ZodIssue): Mistake[] => {
  const path = issue.path.filter((key) => typeof key !== 'symbol');
  const found = valueAt(raw, path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(root, raw, path, key));
  const schema = schemaAt(root, path);
  if (issue.code === 'invalid_key') {
    const record = schemaAt(root, path.slice(0, -1));
    const inner = record && unwrap(record);
    const hint = inner instanceof z.ZodRecord ? hintOf(inner.def.keyType) : undefined;
    const { rule, fix } = hint ?? containerHint(undefined);
    return [{ path, rule: `be ${rule}`, found: path.at(-1), fix, atKey: true }];
  }
  const { rule, fix } = hintOf(schema) ?? containerHint(schema);
  if (found === undefined) return [{ path, rule: `be given: ${rule}`, found, fix }];
  if (issue.code === 'too_small' && issue.origin === 'array')
    return [{ path, rule: `have at least ${issue.minimum} entry`, found, fix: 'add one' }];
  if (issue.code === 'too_big' && issue.origin === 'array')
    return [{ path, rule: `have at most ${issue.maximum} entries`, found, fix: 'remove the others' }];
  if (issue.code === 'invalid_value' && typeof found === 'string')
    return [{ path, rule: `be ${rule}`, found, fix: orMeant(found, issue.values.map(String), fix) }];
  return [{ path, rule: `be ${rule}`, found, fix }];
};

const mayBeSecret = (root: z.ZodType, path: Path): boolean =>
  path.some((_, depth) => {
    const schema = schemaAt(root, path.slice(0, depth + 1));
    return schema !== undefined && isConfidential(unwrap(schema));
  });

/** Everything the schema has against a parsed file, one mistake per path. */
export const shapeMistakes = (root: z.ZodType, raw: unknown): Mistake[] => {
  const result = root.safeParse(raw);
  if (result.success) return [];
  const all = result.error.issues.flatMap((issue) => issueToMistakes(root, raw, issue));
  const seen = new Set<string>();
  return all
    .filter(({ path }) => {
      const id = JSON.stringify(path);
      return seen.has(id) ? false : seen.add(id);
    })
    .map((mistake) =>
      mayBeSecret(root, mistake.path) ? { ...mistake, found: '(not shown, it may be a secret)' } : mistake,
    );
};

/** The shape that a file is of: `cluster.existing` is there, whatever it is, or it is not. */
export const schemaOf = (raw: unknown): typeof provisionedSchema | typeof attachedSchema => {
  const cluster = valueAt(raw, ['cluster']);
  return typeof cluster === 'object' && cluster !== null && Object.hasOwn(cluster, 'existing')
    ? attachedSchema
    : provisionedSchema;
};
