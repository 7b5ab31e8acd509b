import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { HANDLERS, esbuildOptions } from '../../lib/constructs/bundling';
import { EXAMPLE_FILES } from '../stacks/attach/example-environments';
import { ENVIRONMENTS, ROOT } from './environments';

/** A full synth with bundling takes 5 to 20 s on two cores. */
jest.setTimeout(180_000);

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'headroom-cdk-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** The command as a stranger types it: no credentials, no region, no home. */
const cdk = (...args: string[]) =>
  spawnSync('npx', ['cdk', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
  });

/** Nodes of the shipped environments are Headroom's own: there are none to attach. */
const PROVISIONED = HANDLERS.filter((name) => name !== 'attach');

/** Functions are folders; the pod network's manifest is a file. */
const isBundle = (name: string): boolean => /^asset\.[0-9a-f]+$/.test(name);

const WARNING = /warn|deprecat|feature flag|error|⚠/i;

const assembliesOf = (output: string): string[] =>
  readdirSync(output)
    .filter((name) => name.startsWith('assembly-'))
    .sort();

/** Without '**' the command selects no stack, and is silent about what was found in stacks that it did not select. */
describe("cdk synth '**'", () => {
  let output: string;
  let printed: string;

  beforeAll(() => {
    output = join(folder, 'out');
    const { status, stdout, stderr } = cdk('synth', '**', '--quiet', '--output', output);
    printed = stdout + stderr;
    expect([status, printed]).toEqual([0, expect.any(String)]);
  });

  test('prints no warning and names no missing setting', () => expect(printed).not.toMatch(WARNING));

  test('makes every shipped environment', () =>
    expect(assembliesOf(output)).toEqual(ENVIRONMENTS.map(({ name }) => `assembly-headroom-${name}`).sort()));

  test('bundles the handlers so that a plain require finds handler and createHandler, without a region', () => {
    const bundles = readdirSync(output).filter(isBundle);
    const exported = bundles
      .map((name) => {
        const script = `console.log(Object.keys(require(${JSON.stringify(join(output, name, 'index.js'))})).sort().join())`;
        const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
          encoding: 'utf8',
          env: { PATH: process.env['PATH'] },
        });
        return stdout.trim() + stderr;
      })
      .sort();
    expect(exported).toHaveLength(PROVISIONED.length);
    for (const names of exported) expect(names).toMatch(/createHandler,(.*,)?handler$/);
  });

  test('bundles them byte for byte as the contract tests do', () => {
    const deployed = readdirSync(output)
      .filter(isBundle)
      .map((name) => readFileSync(join(output, name, 'index.js'), 'utf8'));
    const tested = PROVISIONED.map((name) => {
      const file = join(folder, name, 'index.js');
      buildSync(esbuildOptions(name, file));
      return readFileSync(file, 'utf8');
    });
    // Said in numbers: a difference would print two megabytes.
    expect(tested.map((bundle) => deployed.indexOf(bundle)).sort()).toEqual(tested.map((_, index) => index));
  });
});

test("cdk synth '**' of nodes that run already prints no warning but the audit's, which are about these nodes", () => {
  const environments = join(folder, 'environments');
  mkdirSync(environments);
  for (const [name, text] of Object.entries(EXAMPLE_FILES))
    writeFileSync(join(environments, `${name}.yaml`), text);
  const output = join(folder, 'attached');
  const { status, stdout, stderr } = cdk(
    ...[
      'synth',
      '**',
      '--quiet',
      '-c',
      `environments=${environments}`,
      '-c',
      'env=kubeadm',
      '-c',
      'audit=off',
    ],
    ...['--output', output],
  );
  expect([status, stdout + stderr]).toEqual([0, expect.not.stringMatching(WARNING)]);
  expect(assembliesOf(output)).toEqual(['assembly-headroom-kubeadm']);
});

test('an unknown environment: the ones that exist, exit 1, no stack trace', () => {
  const { status, stdout, stderr } = cdk('synth', '-c', 'env=nowhere', '--output', join(folder, 'unknown'));
  expect(status).toBe(1);
  expect(stderr).toContain('There is no environment "nowhere". The environments are: dev, prod, staging.');
  expect(stdout + stderr).not.toMatch(/\n\s+at /);
});

/** The app with an environment file of ours. */
const projectWith = (environment: string): string => {
  const project = mkdtempSync(join(folder, 'project-'));
  mkdirSync(join(project, 'environments'));
  for (const name of ['bin', 'lib', 'lambda', 'node_modules', 'packages', 'package-lock.json'])
    symlinkSync(join(ROOT, name), join(project, name));
  for (const name of ['package.json', 'cdk.json']) copyFileSync(join(ROOT, name), join(project, name));
  writeFileSync(join(project, 'environments', 'test.yaml'), environment);
  return project;
};

const APP = ['--preserve-symlinks', '--preserve-symlinks-main', '--import', 'tsx', 'bin/headroom.ts'];

describe('an environment that the schema lets through and the audit does not', () => {
  const prod = readFileSync(join(ROOT, 'environments', 'prod.yaml'), 'utf8');
  const grows = prod.replace(/(general:[^]*?growthGiBPerDay: )\S+/, '$11000');
  const synth = (...args: string[]) =>
    spawnSync(
      join(ROOT, 'node_modules', '.bin', 'cdk'),
      ['synth', '--quiet', '--app', `node ${APP.join(' ')}`, '--output', 'cdk.out', ...args],
      {
        cwd: projectWith(grows),
        encoding: 'utf8',
        env: { PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH']}`, HOME: '/nonexistent' },
      },
    );

  test('fails with the rule, the mend, the construct and the line in the file', () => {
    const { status, stderr } = synth();
    expect(stderr).toMatch(
      /ERROR growth-outruns-modifications: .* at environments\/test\.yaml:\d+ of headroom-test\/cluster\/Workers-general\S+ \(Headroom audit\)/,
    );
    expect(stderr).toContain('-c audit=off');
    expect(status).toBe(1);
  });

  test('-c audit=off lets it through', () => {
    const { status, stderr } = synth('-c', 'audit=off');
    expect([status, stderr]).toEqual([0, expect.not.stringContaining('Headroom audit')]);
  });
});

test('a wrong file: every mistake of it, exit 1, no stack trace', () => {
  const { status, stderr } = spawnSync(process.execPath, APP, {
    cwd: projectWith('account: 1\nregio: x\n'),
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/environments\/test\.yaml:1:10 {2}account/);
  expect(stderr).toMatch(/environments\/test\.yaml:2:1 {2}regio\n.*\n.*\n.*did you mean "region"/);
  expect(stderr).not.toMatch(/\n\s+at /);
});
