import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT, allSteps, textOf, workflow } from './workflow-files';

const json = (file: string): unknown => JSON.parse(textOf(file));
const { scripts, devDependencies, license } = json('package.json') as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly license: string;
};

test('LICENSE is the licence that package.json names, whole', () => {
  expect(license).toBe('Apache-2.0');
  expect(textOf('LICENSE')).toMatch(/Apache License\s+Version 2\.0[\s\S]*END OF TERMS AND CONDITIONS/);
});

describe('the continuous integration', () => {
  const { on, jobs } = workflow('ci.yml');
  const runs = (job: string): string[] => jobs[job]!.steps.flatMap(({ run }) => run ?? []);

  it('checks and tests each pull request', () => {
    expect(Object.keys(on)).toEqual(expect.arrayContaining(['pull_request', 'push']));
    expect(runs('check')).toContain('npm run check');
    for (const tier of ['unit', 'template', 'loop']) expect(runs('unit')).toContain(`npm run test:${tier}`);
    for (const job of ['check', 'unit']) expect(jobs[job]!.if).toBe("${{ github.event_name != 'schedule' }}");
  });

  it('runs everything every night', () => {
    expect(on).toHaveProperty('schedule', [{ cron: expect.stringMatching(/^\d+ \d+ \* \* \*$/) as string }]);
    expect(jobs['everything']!.if).toContain("github.event_name == 'schedule'");
    expect(runs('everything').join()).toContain('.ci/run');
  });

  it('has no job that may write', () => {
    for (const { permissions } of Object.values(jobs)) expect(permissions).toEqual({ contents: 'read' });
    expect(textOf('.github/workflows/ci.yml')).not.toMatch(/secrets\.|id-token/);
  });
});

test('every npm script that a workflow, a task or a hook runs is in package.json', () => {
  const texts = [
    ...allSteps.flatMap(([, { run }]) => run ?? []),
    ...['.vscode/tasks.json', '.ci/run', '.githooks/pre-commit', '.devcontainer/devcontainer.json'].map(
      textOf,
    ),
  ];
  const named = texts.flatMap((text) => [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name));
  const tasks = (json('.vscode/tasks.json') as { tasks: { type: string; script?: string }[] }).tasks;
  const ofTasks = tasks.flatMap(({ script }) => script ?? []);
  expect(ofTasks.length).toBeGreaterThan(1);
  expect([...named, ...ofTasks].filter((name) => !(name in scripts))).toEqual([]);
});

describe('the development container', () => {
  const container = json('.devcontainer/devcontainer.json') as {
    readonly image: string;
    readonly postCreateCommand: string;
    readonly customizations: { readonly vscode: { readonly extensions: readonly string[] } };
  };

  it('has the Node that the tests are run with', () =>
    expect(container.image).toMatch(new RegExp(`^node:${devDependencies['node']}-\\w+$`)));

  it('enables the pre-commit hook', () => {
    expect(container.postCreateCommand).toContain('git config core.hooksPath .githooks');
    expect(existsSync(join(ROOT, '.githooks', 'pre-commit'))).toBe(true);
  });

  it('installs the extensions that VS Code recommends elsewhere', () =>
    expect(json('.vscode/extensions.json')).toEqual({
      recommendations: container.customizations.vscode.extensions,
    }));
});

test('.editorconfig breaks lines where Prettier does', () => {
  const { printWidth } = json('.prettierrc.json') as { readonly printWidth: number };
  expect(textOf('.editorconfig')).toMatch(new RegExp(`\\[\\*\\][^[]*max_line_length = ${printWidth}\n`));
});

test('CODEOWNERS names folders and files that are there, each with an owner', () => {
  const lines = textOf('.github/CODEOWNERS')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/));
  expect(lines[0]).toEqual(['*', expect.stringMatching(/^@/)]);
  for (const [path = '', ...owners] of lines) {
    if (path !== '*') expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
    expect([path, owners.filter((owner) => !/^@[\w/-]+$/.test(owner))]).toEqual([path, []]);
    expect(owners).not.toEqual([]);
  }
});

describe('issue templates', () => {
  const FOLDER = join('.github', 'ISSUE_TEMPLATE');
  const forms = readdirSync(join(ROOT, FOLDER)).filter((file) => file !== 'config.yml');
  const bodyOf = (file: string) =>
    (
      parse(readFileSync(join(ROOT, FOLDER, file), 'utf8')) as {
        readonly body: readonly {
          readonly id: string;
          readonly attributes: { readonly label: string };
          readonly validations?: { readonly required?: boolean };
        }[];
      }
    ).body;

  it.each(forms)('%s has labelled fields with ids of their own, some of them required', (file) => {
    const body = bodyOf(file);
    const ids = body.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { attributes } of body) expect(attributes.label).toMatch(/^\S/);
    expect(body.some(({ validations }) => validations?.required)).toBe(true);
  });

  it('send vulnerabilities to a private report', () =>
    expect(textOf(join(FOLDER, 'config.yml'))).toContain('/security/advisories/new'));
});
