import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Finding } from './acknowledging';

export interface GuardReport {
  /** Templates in which a rule found resources of its own. */
  readonly templatesJudged: number;
  readonly findings: readonly Finding[];
}

// https://docs.aws.amazon.com/cfn-guard/latest/ug/cfn-guard-validate.html says the options; cfn-guard 3.1.1 answered in this shape.
const reports = z.array(
  z.object({
    name: z.string(),
    status: z.enum(['PASS', 'FAIL', 'SKIP']),
    not_compliant: z.array(z.object({ Rule: z.looseObject({ name: z.string() }) })),
  }),
);

/** The package brings the program for each system, and AWS Control Tower's rules. */
const home = dirname(require.resolve('@cdklabs/cdk-validator-cfnguard/package.json'));
const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const rulesHome = join(home, 'rules', 'control-tower', 'cfn-guard');
const program = join(home, 'bin', process.platform === 'darwin' ? 'macos' : 'ubuntu', machine, 'cfn-guard');

/**
 * What AWS Control Tower's rules say of the templates.
 * @throws when cfn-guard does not run, or leaves a template out
 */
export const cfnGuard = (templates: readonly string[]): GuardReport => {
  const rules = rulesFor(templates);
  const { stdout, stderr, error } = spawnSync(
    program,
    [
      ...['validate', '--structured', '--output-format', 'json', '--show-summary', 'none'],
      ...rules.flatMap((file) => ['--rules', file]),
      ...templates.flatMap((template) => ['--data', template]),
    ],
    { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
  if (error) throw error;
  const judged = parsed(stdout, stderr);
  if (judged.length !== templates.length)
    throw new Error(`cfn-guard judged ${judged.length} of ${templates.length} templates`);
  return {
    templatesJudged: judged.filter(({ status }) => status !== 'SKIP').length,
    findings: judged.flatMap(({ name, not_compliant: broken }) => {
      const resources = resourcesIn(name);
      return broken.flatMap(({ Rule: rule }) =>
        [...logicalIdsIn(rule)].map((id) => ({
          rule: rule.name,
          resource: `${resources[id]?.Type ?? '?'}.${id}`,
        })),
      );
    }),
  };
};

/** Rules that name a type of a resource that is there: the others have nothing to judge, and take most of the time. */
const rulesFor = (templates: readonly string[]): readonly string[] => {
  const types = new Set(
    templates.flatMap((template) => Object.values(resourcesIn(template)).map(({ Type }) => Type)),
  );
  return readdirSync(rulesHome, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.guard'))
    .map((file) => join(rulesHome, file))
    .filter((file) => {
      const rule = readFileSync(file, 'utf8');
      return [...types].some((type) => rule.includes(`"${type}"`));
    });
};

const parsed = (stdout: string, stderr: string): z.infer<typeof reports> => {
  try {
    return reports.parse(JSON.parse(stdout));
  } catch (error) {
    throw new Error(`cfn-guard said something else: ${stdout.slice(0, 500)}\n${stderr.slice(-500)}`, {
      cause: error,
    });
  }
};

const resourcesIn = (template: string): Record<string, { readonly Type: string }> =>
  (JSON.parse(readFileSync(template, 'utf8')) as { Resources: Record<string, { Type: string }> }).Resources;

/** Wherever a broken rule names a place in the template, it is `/Resources/LOGICAL_ID/…`. */
const logicalIdsIn = (value: unknown): Set<string> => {
  const found = new Set<string>();
  JSON.stringify(value, (key, inner: unknown) => {
    const [, id] = (key === 'path' && /^\/Resources\/([^/]+)/.exec(String(inner))) || [];
    if (id !== undefined) found.add(id);
    return inner;
  });
  return found;
};
