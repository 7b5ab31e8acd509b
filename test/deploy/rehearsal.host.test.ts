import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, environmentOf } from '../app/environments';
import type { Made } from './moto-account';
import { OPTIONS, PASSED_OVER, limits, templatesOf } from './moto-limits';
import { Rehearsal } from './rehearsal';

/** Some 15 s a command on two cores that have nothing else to do. */
jest.setTimeout(600_000);

const STACKS = ['agents', 'cluster', 'heal', 'observe', 'operate', 'protect'].map(
  (kind) => `headroom-dev-${kind}`,
);
const DEPLOY = `deploy '**' --require-approval never ${Object.keys(OPTIONS).join(' ')}`;

let rehearsal: Rehearsal;
beforeAll(async () => {
  rehearsal = await Rehearsal.start(environmentOf('dev'));
});
afterAll(() => rehearsal.stop());

const run = async (line: string): Promise<string> => {
  const { status, text } = await rehearsal.cdk(line);
  expect(`${text}exit ${status}`).toMatch(/exit 0$/);
  return text;
};

/** The command prints a check mark behind a half-made stack too: so the account is asked. */
const complete = async (state: string): Promise<void> =>
  expect(await rehearsal.account.stacks()).toEqual(Object.fromEntries(STACKS.map((name) => [name, state])));

type Life = Record<string, { readonly template: string; readonly made: Record<string, Made> }>;
const life = async (): Promise<Life> =>
  Object.fromEntries(
    await Promise.all(
      STACKS.map(async (name) => [
        name,
        { template: await rehearsal.account.template(name), made: await rehearsal.account.made(name) },
      ]),
    ),
  ) as Life;

/** Types of the declared resources that moto did not make. */
const unmade = async (output: string): Promise<string[]> => {
  const made = Object.assign({}, ...Object.values(await life()).map((stack) => stack.made)) as object;
  const types = templatesOf(join(rehearsal.folder, output)).flatMap(([, { Resources }]) =>
    Object.entries(Resources)
      .filter(([id]) => !(id in made))
      .map(([, { Type }]) => Type),
  );
  return [...new Set(types)].sort();
};

/** `TYPE PHYSICAL-ID` of what a stack's end leaves. */
const retained = async (output: string): Promise<string[]> => {
  const made = Object.assign(
    {},
    ...Object.values(await life()).map((stack) => stack.made),
  ) as Life[string]['made'];
  return templatesOf(join(rehearsal.folder, output)).flatMap(([, { Resources }]) =>
    Object.entries(Resources)
      .filter(([, { DeletionPolicy, Type }]) => DeletionPolicy === 'Retain' && Type !== 'AWS::EC2::VPC')
      .map(([id]) => `${made[id]?.type} ${made[id]?.physicalId}`),
  );
};

/** As they were given; what is gone is left out. */
const still = async (items: readonly string[]): Promise<string[]> => {
  const keys = await rehearsal.account.keyIds();
  const found: string[] = [];
  for (const item of items) {
    const [type, id] = item.split(' ') as [string, string];
    const exists = type === 'AWS::KMS::Key' ? keys.includes(id) : await rehearsal.account.bucketExists(id);
    if (exists) found.push(item);
  }
  return found;
};

// One account, one life after another: each test goes on where the one before it stopped.
test('bootstrap, then the first deploy: every stack is complete, with every resource that moto knows', async () => {
  await rehearsal.synthesize('first');
  const { account, region } = environmentOf('dev');
  await run(`bootstrap aws://${account}/${region} --app first`);
  await run(`${DEPLOY} --app first`);
  await complete('CREATE_COMPLETE');
  expect(await unmade('first')).toEqual([...PASSED_OVER]);
  expect(await rehearsal.account.instanceIds()).toHaveLength(1);
});

test('a raised size updates the cluster and what heals it, and replaces nothing', async () => {
  const before = await life();
  const instances = await rehearsal.account.instanceIds();
  await rehearsal.synthesize('raised', (file) =>
    file.replace(
      /(controlPlane:[^]*?sizeGiB: )(\d+)/,
      (_, start: string, size: string) => `${start}${Number(size) + 5}`,
    ),
  );
  await run(`${DEPLOY} --app raised`);
  await complete('UPDATE_COMPLETE');
  const after = await life();
  const changed = STACKS.filter((name) => before[name]?.template !== after[name]?.template);
  expect(changed).toEqual(['headroom-dev-cluster', 'headroom-dev-heal']);
  for (const name of STACKS) expect(after[name]?.made).toEqual(before[name]?.made);
  expect(await rehearsal.account.instanceIds()).toEqual(instances);
});

test('destroy leaves evidence, snapshots and their keys alone, and a second life is deployed beside them', async () => {
  const instances = await rehearsal.account.instanceIds();
  const left = await retained('raised');
  expect(left.map((item) => item.split(' ')[0]).sort()).toEqual([
    'AWS::KMS::Key',
    'AWS::KMS::Key',
    // Evidence, snapshots, and who read the snapshots.
    ...['AWS::S3::Bucket', 'AWS::S3::Bucket', 'AWS::S3::Bucket'],
  ]);
  await run(`destroy '**' --force --app raised`);
  expect(await rehearsal.account.stacks()).toEqual({});
  expect(await rehearsal.account.instanceIds()).toEqual([]);
  expect(await still(left)).toEqual(left);

  await rehearsal.account.deleteRevived();
  await run(`${DEPLOY} --app raised`);
  await complete('CREATE_COMPLETE');
  expect(await unmade('raised')).toEqual([...PASSED_OVER]);
  expect(await rehearsal.account.instanceIds()).toHaveLength(1);
  expect(await rehearsal.account.instanceIds()).not.toEqual(instances);
  expect(new Set([...left, ...(await retained('raised'))]).size).toBe(2 * left.length);
});

test('docs/contract.md lists what the rehearsal cannot show', () => {
  const [, section = ''] =
    /## What the rehearsal cannot show\n([^]*?)(?=\n## |$)/.exec(
      readFileSync(join(ROOT, 'docs', 'contract.md'), 'utf8'),
    ) ?? [];
  expect(section.split('\n').filter((line) => line.startsWith('- '))).toEqual(limits());
});
