import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from 'sarif';
import type { AuditReport } from '../../lib/audit/report-model';
import { synthesize } from '../../lib/assembly/synthesize';

jest.setTimeout(600_000);

const ROOT = join(__dirname, '..', '..');
const PARTS = [
  'bin',
  'lib',
  'lambda',
  'packages',
  'environments',
  'cdk.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];
const PROD = join('environments', 'prod.yaml');

const work = mkdtempSync(join(tmpdir(), 'headroom-pull-request-'));
const head = join(work, 'head');
const base = join(work, 'base');
afterAll(() => rmSync(work, { recursive: true }));

const git = (...args: string[]): void => {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  const { status, stderr } = spawnSync('git', [...identity, ...args], { cwd: head, encoding: 'utf8' });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
};

/** The control plane's size at birth, in the environment file. */
const declare = (sizeGiB: number): void => {
  const file = join(head, PROD);
  const text = readFileSync(file, 'utf8');
  const edited = text.replace(/(controlPlane:[^]*?sizeGiB: )\d+/, `$1${sizeGiB}`);
  expect(edited).toContain(`sizeGiB: ${sizeGiB}`);
  writeFileSync(file, edited);
  git(
    'commit',
    '--quiet',
    '--all',
    '--allow-empty',
    '--message',
    `The control plane starts with ${sizeGiB} GiB`,
  );
};

const audit = (...args: string[]) =>
  spawnSync(process.execPath, [join(head, 'bin', 'cli.js'), 'audit', ...args], {
    cwd: head,
    encoding: 'utf8',
  });

let markdown: string;
let report: AuditReport;
let sarif: Log;
let exitCode: number | null;

beforeAll(async () => {
  for (const part of PARTS) cpSync(join(ROOT, part), join(head, part), { recursive: true });
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', '--all');
  declare(64);
  declare(32);
  git('worktree', 'add', '--quiet', base, 'HEAD~1');
  for (const revision of [head, base]) {
    symlinkSync(join(ROOT, 'node_modules'), join(revision, 'node_modules'));
    await synthesize({
      ...{ projectRoot: revision, environmentName: 'prod', outputDirectory: join(revision, 'cdk.out') },
      context: { audit: 'off' },
    });
  }
  const formats = ['markdown', 'json', 'sarif'].flatMap((format) => [
    '--format',
    format,
    '--output',
    `report.${format}`,
  ]);
  const ran = audit('cdk.out', '--base', join('..', 'base', 'cdk.out'), '--env', 'prod', ...formats);
  exitCode = ran.status;
  expect(ran.stderr).toBe('');
  markdown = readFileSync(join(head, 'report.markdown'), 'utf8');
  report = JSON.parse(readFileSync(join(head, 'report.json'), 'utf8')) as AuditReport;
  sarif = JSON.parse(readFileSync(join(head, 'report.sarif'), 'utf8')) as Log;
});

describe('a pull request that makes 64 GiB 32', () => {
  const row = () => markdown.split('\n').find((line) => line.startsWith('| **control-plane**')) ?? '';

  it('fails: a volume cannot shrink', () => {
    expect(exitCode).toBe(1);
    expect(markdown).toContain('❌ Headroom audit: Failed');
    expect(report.findings.filter(({ isNew }) => isNew).map(({ rule }) => rule)).toEqual([
      'root-volume-shrinks',
    ]);
  });

  it('says what it leaves of headroom, what it costs, and that it replaces nothing', () => {
    const cells = row().replaceAll('&nbsp;', ' ').split(' | ');
    expect(cells[1]).toBe('64 GiB →<br>**32 GiB**');
    expect(cells[3]).toMatch(/^[\d.,]+ days →<br>\*\*[\d.,]+ days\*\*$/);
    expect(cells[5]).toMatch(/^\\\$[\d.]+ →<br>\*\*\\\$[\d.]+\*\*$/);
    expect(cells[6]).toMatch(/^\\\$[\d.]+$/);
    expect(cells[7]).toBe('no, new nodes only |');
    const { before, after } = report.nodeGroups.find(({ name }) => name === 'control-plane') ?? {};
    const valueOf = (figure: object | undefined) =>
      (figure as { value: number } | undefined)?.value ?? Number.NaN;
    expect(valueOf(after?.days.warning)).toBeLessThan(valueOf(before?.days.warning));
    expect(valueOf(after?.costPerMonth.atMax)).toBeCloseTo(valueOf(before?.costPerMonth.atMax) / 2, 1);
    expect(markdown).toMatch(/Root volumes cost \\\$[\d.]+ a month less/);
  });

  it('shows the other node groups as unchanged', () =>
    expect(report.nodeGroups.map(({ name, change }) => [name, change])).toEqual([
      ['control-plane', 'changed'],
      ['general', 'unchanged'],
      ['memory', 'unchanged'],
    ]));

  it('stands at the line of the environment file', () => {
    const line =
      readFileSync(join(head, PROD), 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('sizeGiB: 32')) + 1;
    const places = sarif.runs[0]?.results
      ?.filter(({ ruleId }) => ruleId === 'root-volume-shrinks')
      .map(({ locations }) => locations?.[0]?.physicalLocation);
    expect(places).toContainEqual(
      expect.objectContaining({
        artifactLocation: { uri: 'environments/prod.yaml', uriBaseId: '%SRCROOT%' },
        region: { startLine: line, startColumn: 1, endLine: line, endColumn: 2 },
      }),
    );
  });

  it('is fixed by --fix, which leaves the file’s comments', () => {
    const before = readFileSync(join(head, PROD), 'utf8');
    const base = join('..', 'base', 'cdk.out');
    const { status, stderr } = audit('--env', 'prod', '--base', base, '--fix', '--fail-on', 'error');
    const after = readFileSync(join(head, PROD), 'utf8');
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(
        /environments\/prod\.yaml: controlPlane\.rootVolume\.sizeGiB is now 64/,
      ) as string,
    });
    expect(after).toMatch(/controlPlane:[^]*?sizeGiB: 64/);
    expect(after.match(/#.*/g)).toEqual(before.match(/#.*/g));
    expect(after.split('\n')).toHaveLength(before.split('\n').length);
  });
});
