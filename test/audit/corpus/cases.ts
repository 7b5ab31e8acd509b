import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const expectation = z.strictObject({ rule: z.string(), subject: z.string(), why: z.string() });
export type Expectation = z.infer<typeof expectation>;

const description = z.strictObject({
  source: z.strictObject({
    repository: z.string(),
    path: z.string(),
    commit: z.string().length(40).optional(),
  }),
  /** Of `base/template.*`, the same template at an earlier revision; `path` where it has moved since. */
  base: z
    .strictObject({ repository: z.string(), commit: z.string().length(40), path: z.string().optional() })
    .optional(),
  what: z.string(),
  nodeGroups: z.array(z.string()),
  launchTemplates: z.array(z.string()).default([]),
  expected: z.array(expectation),
  cannotTell: z.array(expectation).default([]),
  notExpected: z.array(expectation).default([]),
  corrected: z.array(z.string()).default([]),
});

/** A public template by its facts, and what a person expects of it. README.md explains the fields. */
export interface CorpusCase extends z.infer<typeof description> {
  readonly name: string;
  /** Of the template. */
  readonly file: string;
  /** The same template before the change, where the case is about one. */
  readonly baseFile?: string;
}

const load = (name: string): CorpusCase => {
  const directory = join(__dirname, name);
  const files = readdirSync(directory);
  const template = files.find((file) => file.startsWith('template.'));
  if (template === undefined) throw new Error(`${directory} has no template`);
  const described = description.parse(parse(readFileSync(join(directory, 'case.yaml'), 'utf8')));
  // Under the same name: by its file's name a template is paired with the one before.
  const base = files.includes('base') ? join('base', template) : undefined;
  if ((base === undefined) !== (described.base === undefined))
    throw new Error(`${directory} has either no base template, or no source of it in case.yaml`);
  return {
    ...described,
    name,
    file: join(directory, template),
    ...(base !== undefined && { baseFile: join(directory, base) }),
  };
};

export const loadCases = (): CorpusCase[] =>
  readdirSync(__dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => load(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
