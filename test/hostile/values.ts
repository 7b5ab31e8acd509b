import fc from 'fast-check';

/** Every character that a shell, a path or a template reads as its own. */
export const SHELL = /[;&|`$(){}[\]<>'"\\\n\r\t*?!#~\u0000]/;

export const HUGE = 'A'.repeat(256 * 1024);

/** Texts that would do harm where a shell, a path, a template or a parser took them for its own. */
export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '$(reboot)',
  '`reboot`',
  '; reboot',
  '| reboot',
  '&& reboot',
  '> /etc/passwd',
  "'; reboot; '",
  '"; reboot; "',
  '\nreboot',
  '\u0000',
  '../../../etc/passwd',
  '/etc/passwd',
  '{{ InstanceId }}',
  '{{{AutomationRoleArn}}}',
  '${HOME}',
  '%s%n',
  '__proto__',
  'constructor',
  'i-0aa11bb22cc33dd44; reboot',
  'i-0aa11bb22cc33dd44\n',
  'i-0AA11BB22CC33DD44',
  'i-0aa11bb22cc33dd4',
  'i-0aa11bb22cc33dd44,i-0aa11bb22cc33dd45',
  'ｉ-0aa11bb22cc33dd44',
  '\u202ei-0aa11bb22cc33dd44',
  '\ud800',
  HUGE,
];

/** Values of the wrong type. */
export const WRONG_TYPES: readonly unknown[] = [null, true, 0, -1, 1e308, [], {}, [[]], { a: { b: [1] } }];

export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS, ...WRONG_TYPES),
  fc.jsonValue({ maxDepth: 4 }),
  fc.string({ unit: 'binary' }),
);

type Path = readonly (string | number)[];

/** Every place in a JSON value, the whole left out. */
const pathsOf = (value: unknown, path: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) => {
        const here = [...path, Array.isArray(value) ? Number(key) : key];
        return [here, ...pathsOf(each, here)];
      })
    : [];

const replaced = (value: unknown, [key, ...rest]: Path, by: unknown): unknown => {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
};

/** A good value with one place of it spoilt. */
export const spoilt = (good: unknown): fc.Arbitrary<unknown> =>
  fc.tuple(fc.constantFrom(...pathsOf(good)), hostile).map(([path, by]) => replaced(good, path, by));

/** For a test's title: short, whatever it is. */
export const named = <T>(values: readonly T[]): [string, T][] =>
  values.map((value) => [(JSON.stringify(value) ?? String(value)).slice(0, 40), value]);
