import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, environmentOf, stageOf } from '../app/synthesized';
import { STRANGER, emptyAccount, typed, typedAtTerminal } from './cdk-cli';

/** Each command synthesizes: 10 s on two cores that have nothing else to do. */
jest.setTimeout(300_000);

/** Sorted: `headroom-prod/cluster` and so on. */
const stacksOf = (name: string): string[] =>
  stageOf(name, environmentOf(name))
    .node.children.map((child) => child.node.path)
    .sort();

/** The command of the documentation, for another environment, and without the audit's lines. */
const documented = (file: string, verb: string, environment: string): string => {
  const [command] =
    new RegExp(`npx cdk ${verb} .*-c env=\\w+`).exec(readFileSync(join(ROOT, file), 'utf8')) ?? [];
  if (command === undefined) throw new Error(`${file} has no command with cdk ${verb}`);
  return `${command.replace(/env=\w+/, `env=${environment}`)} -c audit=off`;
};

/** Stacks that a text names, sorted; `pattern` finds a stack's path or its name. */
const named = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name]) => name!))].sort();

test('deploy: every stack of the environment, and no other', async () => {
  const { status, text } = await typed(`${documented('README.md', 'deploy', 'prod')} --verbose`);
  // It looks for each stack's assets before it notices that it has no credentials.
  const stacks = named(text, /\] (headroom-[\w-]+): debug: Need to perform AWS calls/g);
  expect(stacks).toEqual(stacksOf('prod').map((path) => path.replace('/', '-')));
  expect([status, text]).toEqual([1, expect.stringContaining('no credentials have been configured')]);
});

test('diff: every stack of the environment, and no other', async () => {
  const account = await emptyAccount(environmentOf('dev').account);
  try {
    const { text } = await typed(documented('README.md', 'diff', 'dev'), account.env);
    expect(named(text, /^Stack (\S+)/gm)).toEqual(stacksOf('dev'));
  } finally {
    await account.close();
  }
});

test('destroy: asks for every stack of the environment, and for no other', async () => {
  const { text } = await typedAtTerminal(documented('docs/first-deploy.md', 'destroy', 'dev'), 'n\n');
  // A terminal gets colours.
  const [, asked = ''] = /want to delete: (.*) \(y\/n\)/.exec(text.replace(/\u001b\[\d+[a-zA-Z]/g, '')) ?? [];
  expect(asked.split(', ').sort()).toEqual(stacksOf('dev'));
  expect(text).toContain('Deletion cancelled');
});

describe('npm run deploy', () => {
  test.each(['', '-- --verbose', '-- --env', '-- --env nowhere'])('%s deploys nothing', async (given) => {
    const { status, text } = await typed(`npm run deploy ${given}`);
    expect(status).toBe(2);
    expect(text).toMatch(/--env <name>|The environments are: dev, prod, staging/);
    expect(text).not.toMatch(/Synthesis time|Need to perform AWS calls/);
  });

  test('-- --env NAME is the documented command, with the other options of cdk deploy', async () => {
    const { text } = await typed('npm run deploy -- --env dev -c audit=off --verbose');
    expect(named(text, /\] (headroom-[\w-]+): debug: Need to perform AWS calls/g)).toEqual(
      stacksOf('dev').map((path) => path.replace('/', '-')),
    );
  });
});

test('no credentials of this machine take part', () =>
  expect(Object.keys(STRANGER).filter((name) => /^AWS_(?!EC2_METADATA_DISABLED)/.test(name))).toEqual([]));
