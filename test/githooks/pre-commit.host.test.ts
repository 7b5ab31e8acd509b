import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../app/environments';

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'headroom-pre-commit-'));
  // Only the programs: the cache that the hook keeps is the temporary project's own.
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(join(ROOT, 'node_modules', '.bin'), join(project, 'node_modules', '.bin'));
  git('init', '--quiet');
  git('config', 'core.hooksPath', join(ROOT, '.githooks'));
  write('.gitignore', 'node_modules\n');
  write('.prettierrc.json', '{ "singleQuote": true, "printWidth": 160 }\n');
  write('.prettierignore', 'generated.json\n');
  write(
    'tsconfig.json',
    '{ "compilerOptions": { "strict": true, "noEmit": true, "types": [], "lib": ["ES5"], "skipLibCheck": true } }\n',
  );
  write('a.ts', 'export const a: number = 1;\n');
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const git = (...args: string[]) =>
  spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    ...{ cwd: project, encoding: 'utf8' as const },
    // Git sets GIT_DIR and others where this test itself runs in a hook.
    env: { PATH: process.env['PATH'], HOME: project },
  });
const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(project, file)), { recursive: true });
  writeFileSync(join(project, file), text);
};
const commit = () => {
  const { status, stderr } = git('commit', '--quiet', '--message', 'a');
  return { status, stderr };
};

test('lets a formatted, well-typed commit through', () => {
  git('add', '.');
  expect(commit()).toEqual({ status: 0, stderr: '' });
});

test('stops a file that is not formatted, and says what to do', () => {
  write('folder/b c.json', '{"a":1}');
  git('add', '.');
  const { status, stderr } = commit();
  expect(status).not.toBe(0);
  expect(stderr).toContain('folder/b c.json');
  expect(stderr).toContain('npm run format:write');
});

test('judges what is staged, not what lies in the folder', () => {
  write('b.json', '{"a":1}');
  git('add', '.');
  write('b.json', '{ "a": 1 }\n');
  expect(commit().status).not.toBe(0);
  git('add', '.');
  write('b.json', '{"a":1}');
  expect(commit().status).toBe(0);
});

test('leaves alone what Prettier ignores or cannot read', () => {
  write('generated.json', '{"a":1}');
  write('note.unknown', '{"a":1}');
  git('add', '.');
  expect(commit()).toEqual({ status: 0, stderr: '' });
});

test('stops a type error', () => {
  write('a.ts', "export const a: number = '1';\n");
  git('add', '.');
  const { status, stderr } = commit();
  expect(status).not.toBe(0);
  expect(stderr).toContain('the types do not agree');
});

test('passes a commit that only deletes', () => {
  write('b.json', '{ "a": 1 }\n');
  git('add', '.');
  expect(commit().status).toBe(0);
  git('rm', '--quiet', 'b.json');
  expect(commit()).toEqual({ status: 0, stderr: '' });
});
