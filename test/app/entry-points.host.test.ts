import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './environments';

jest.setTimeout(60_000);

let project: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'headroom-entry-'));
  for (const name of [
    'bench',
    'bin',
    'lambda',
    'lib',
    'node_modules',
    'packages',
    'package.json',
    'package-lock.json',
    'cdk.json',
  ])
    symlinkSync(join(ROOT, name), join(project, name));
  mkdirSync(join(project, 'environments'));
  writeFileSync(join(project, 'environments', 'test.yaml'), 'account: 1\nregio: x\n');
});
afterAll(() => rmSync(project, { recursive: true }));

/** As package.json's scripts start them; the folder of links is the project. */
const node = (...args: string[]) =>
  spawnSync(
    process.execPath,
    ['--preserve-symlinks', '--preserve-symlinks-main', '--import', 'tsx', ...args],
    {
      ...{ cwd: project, encoding: 'utf8' },
      env: { PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH']}`, HOME: '/nonexistent' },
    },
  );

describe('a wrong environment file: its mistakes, and nothing else', () => {
  test.each([
    ['sbom', ['bin/sbom.ts'], 2],
    ['deploy', ['bin/deploy.ts', '--env', 'test'], 2],
    ['headroom status', ['bin/cli.ts', 'status', '--env', 'test'], 2],
    ['headroom user-data', ['bin/cli.ts', 'user-data', '--env', 'test', '--role', 'worker'], 2],
    ['the app of cdk', ['bin/headroom.ts'], 1],
  ])('%s', (_, args, exitCode) => {
    const { status, stdout, stderr } = node(...args);
    expect(stderr).toMatch(/^\d+ mistakes in the environment file:\n/);
    expect(stderr).toContain('environments/test.yaml:2:1  regio\n');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([status, stdout]).toEqual([exitCode, '']);
  });

  test('bench says of its synth what the synth said', () => {
    const { status, stdout, stderr } = node(
      ...['bench/main.ts', '--no-tools', '--rounds', '1', '--templates', '1', '--env', 'nowhere'],
    );
    expect(stderr).toContain('There is no environment "nowhere".');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([status, stdout]).toEqual([2, '']);
  });
});

describe('a reader that has had enough', () => {
  test.each([
    ['sbom', 'bin/sbom.ts'],
    ['the list of rules', 'bin/cli.ts audit --list-rules'],
  ])('%s ends quietly', (_, script) => {
    // Closed before anything is written: the first write finds no reader.
    const { stdout, stderr } = spawnSync(
      'bash',
      ['-c', `node --import tsx ${script} | true; echo "\${PIPESTATUS[0]}"`],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect([stdout, stderr]).toEqual(['0\n', '']);
  });
});
