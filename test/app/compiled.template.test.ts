import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const checkout = mkdtempSync(join(tmpdir(), 'headroom-compiled-'));
const COMPILED = join(checkout, 'dist', 'cli.js');
const CLI_SOURCE = join(checkout, 'bin', 'commands.ts');
const DESCRIPTION = 'Kubernetes nodes on EC2 that never run out of disk.';

const help = (): string => {
  const { stdout, stderr } = spawnSync(process.execPath, [join(checkout, 'bin', 'cli.js'), '--help'], {
    cwd: tmpdir(),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout;
};
const change = (file: string, from: string, to: string): void => {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
};

const SETTINGS = ['tsconfig.json', 'package-lock.json', 'package.json'];

beforeAll(() => {
  for (const part of [...['bin', 'lib', 'packages', 'environments'], ...SETTINGS])
    cpSync(join(ROOT, part), join(checkout, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
});
afterAll(() => rmSync(checkout, { recursive: true }));

describe('the compiled command line', () => {
  it('is made where there is none, and used again', () => {
    expect(help()).toContain(DESCRIPTION);
    const { mtimeMs } = statSync(COMPILED);
    expect(help()).toContain(DESCRIPTION);
    expect(statSync(COMPILED).mtimeMs).toBe(mtimeMs);
  });

  it('never runs in place of changed sources', () => {
    change(CLI_SOURCE, DESCRIPTION, 'Changed.');
    expect(help()).toContain('Changed.');
    change(CLI_SOURCE, 'Changed.', DESCRIPTION);
    expect(help()).toContain(DESCRIPTION);
  });

  it('never runs in place of sources that a new file hides', () => {
    help();
    writeFileSync(
      join(checkout, 'bin', 'run-command.tsx'),
      'export const addRunCommand = () => undefined;\n',
    );
    writeFileSync(join(checkout, 'bin', 'exit-codes.js'), '');
    const code = readFileSync(COMPILED, 'utf8');
    help();
    expect(readFileSync(COMPILED, 'utf8')).not.toBe(code);
    for (const file of ['run-command.tsx', 'exit-codes.js']) rmSync(join(checkout, 'bin', file));
  });

  it('runs where it cannot be kept', () => {
    rmSync(join(checkout, 'dist'), { recursive: true });
    writeFileSync(join(checkout, 'dist'), 'in the way');
    expect(help()).toContain(DESCRIPTION);
  });

  it.each([
    ['audit', '--env', 'nowhere'],
    ['doctor', '--env', 'nowhere'],
    ['drill', '--env', 'nowhere'],
    ['pause', '--env', 'nowhere', '--until', '1h', '--why', 'x'],
    ['resume', '--env', 'nowhere'],
    ['run', 'DiagnoseNode', '--env', 'nowhere'],
    ['status', '--env', 'nowhere'],
    ['tunnel', '--env', 'nowhere'],
    ['user-data', '--env', 'nowhere', '--role', 'worker'],
  ])('has all that `%s` loads', (...words) => {
    const cli = join(checkout, 'bin', 'cli.js');
    const { status, stderr } = spawnSync(process.execPath, [cli, ...words], { encoding: 'utf8' });
    expect(stderr).not.toMatch(/MODULE_NOT_FOUND|Cannot find module/);
    expect([status, stderr]).toEqual([2, expect.stringContaining('nowhere') as unknown]);
  });

  it('is made by `npm ci`, which the action and the README run', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts['prepare']).toBe('node bin/compile.js');
  });
});
