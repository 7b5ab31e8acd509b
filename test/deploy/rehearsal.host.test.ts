import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, environmentOf } from '../app/synthesized';
import { ADAPTATIONS, PASSED_OVER, templatesOf } from './moto-assembly';
import { Rehearsal } from './rehearsal';

/** Some 15 s a command on two cores that have nothing else to do. */
jest.setTimeout(600_000);

const STACKS = ['agents', 'cluster', 'heal', 'observe', 'operate', 'protect'].map(
  (kind) => `headroom-dev-${kind}`,
);
const DEPLOY = "deploy '**' --require-approval never";

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

const complete = async (): Promise<void> => {
  const stacks = await rehearsal.stacks();
  expect(Object.keys(stacks)).toEqual(STACKS);
  for (const state of Object.values(stacks)) expect(state).toMatch(/^(CREATE|UPDATE)_COMPLETE$/);
};

/** Types of which moto made none, though a template has some. */
const passedOver = async (output: string): Promise<string[]> => {
  const declared = templatesOf(join(rehearsal.folder, output)).flatMap(([, { Resources }]) =>
    Object.values(Resources).map(({ Type }) => Type),
  );
  const made = await Promise.all(STACKS.map((stack) => rehearsal.made(stack)));
  const types = new Set(made.flatMap((of) => Object.values(of)));
  return [...new Set(declared)].filter((type) => !types.has(type)).sort();
};

// One account, one life after another: each test goes on where the one before it stopped.
test('bootstrap, then the first deploy: every stack is made, and every resource that moto knows', async () => {
  await rehearsal.synthesize('first');
  const { account, region } = environmentOf('dev');
  await run(`bootstrap aws://${account}/${region} --app first`);
  await run(`${DEPLOY} --app first`);
  await complete();
  expect(await passedOver('first')).toEqual([...PASSED_OVER]);
});

test('a raised size is an update, and no instance is replaced by it', async () => {
  const before = await rehearsal.instanceIds();
  expect(before).toHaveLength(1);
  await rehearsal.synthesize('raised', (file) =>
    file.replace(
      /(controlPlane:[^]*?sizeGiB: )(\d+)/,
      (_, start: string, size: string) => `${start}${Number(size) + 5}`,
    ),
  );
  await run(`${DEPLOY} --app raised`);
  await complete();
  expect(await rehearsal.instanceIds()).toEqual(before);
});

test('destroy takes every stack away, and a second life is deployed under the same name', async () => {
  const before = await rehearsal.instanceIds();
  await run(`destroy '**' --force --app raised`);
  expect(await rehearsal.stacks()).toEqual({});
  await run(`${DEPLOY} --app raised`);
  await complete();
  const after = await rehearsal.instanceIds();
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);
});

test('docs/contract.md lists what the rehearsal cannot show', () => {
  const [, section = ''] =
    /## What the rehearsal cannot show\n([^]*?)(?=\n## |$)/.exec(
      readFileSync(join(ROOT, 'docs', 'contract.md'), 'utf8'),
    ) ?? [];
  const listed = [...section.matchAll(/^- `([\w:]+)`/gm)].map(([, type]) => type);
  expect(listed.sort()).toEqual([...PASSED_OVER, ...Object.keys(ADAPTATIONS)].sort());
});
