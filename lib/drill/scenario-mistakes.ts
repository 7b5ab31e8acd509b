import type { z } from 'zod';
import { keysAt } from '../domain/mistakes/schema-walk';
import { orMeant } from '../domain/mistakes/did-you-mean';
import { valueAt, type Mistake, type Path } from '../domain/mistakes/file-mistake';

const HELP = 'see docs/drill.md, and the examples in lib/drill/scenarios';

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a map',
  record: 'a map',
  string: 'a text, in quotes where it could be anything else',
};

/** A bound of a number, or of how many entries or characters there are. */
const bound = (
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  [inclusive, exclusive]: readonly [string, string],
  limit: number | bigint,
): string => {
  const words = `${issue.inclusive === false ? exclusive : inclusive} ${limit}`;
  if (issue.origin === 'array') return `have ${words} entries`;
  return issue.origin === 'string' ? `have ${words} characters` : `be ${words}`;
};

/** Of the members of a union, the one whose kind the value is. */
const nearest = ({ errors }: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] =>
  errors.find((issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0)) ??
  errors[0] ??
  [];

/** What the schema has against a parsed scenario, in the words of an environment file's mistakes. */
export const scenarioMistakes = (
  root: z.core.$ZodType,
  raw: unknown,
  issue: z.core.$ZodIssue,
  below: Path = [],
): readonly Mistake[] => {
  const path = [...below, ...issue.path.filter((key) => typeof key !== 'symbol')];
  const found = valueAt(raw, path);
  const mistake = (rule: string, fix = HELP): Mistake[] => [
    { path, rule: found === undefined ? `be given: ${rule}` : rule, found, fix },
  ];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(root, path);
      return issue.keys.map((key) => ({
        path: [...path, key],
        found: valueAt(raw, [...path, key]),
        atKey: true,
        rule: `be one of the known keys: ${known.join(', ')}`,
        fix: orMeant(key, known, 'remove the key'),
      }));
    }
    case 'invalid_value': {
      const values = issue.values.map(String);
      return mistake(
        `be one of ${values.join(', ')}`,
        orMeant(String(found), values, `write e.g. ${values[0]}`),
      );
    }
    case 'invalid_type':
      return mistake(`be ${KINDS[issue.expected] ?? issue.expected}`);
    case 'too_small':
      return mistake(bound(issue, ['at least', 'more than'], issue.minimum), 'write a larger one');
    case 'too_big':
      return mistake(bound(issue, ['at most', 'less than'], issue.maximum), 'write a smaller one');
    case 'invalid_union':
      return nearest(issue).flatMap((inner) => scenarioMistakes(root, raw, inner, path));
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'not_multiple_of':
      // Of the schema's own words: `must …`, or what it is or needs.
      return issue.message.startsWith('must ')
        ? mistake(issue.message.slice('must '.length))
        : mistake('be as the schema has it', issue.message);
  }
};
