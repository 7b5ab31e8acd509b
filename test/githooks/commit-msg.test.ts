import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../app/environments';

const folder = mkdtempSync(join(tmpdir(), 'headroom-commit-msg-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const judge = (message: string): number | null => {
  const file = join(folder, 'COMMIT_EDITMSG');
  writeFileSync(file, message);
  return spawnSync(join(ROOT, '.githooks', 'commit-msg'), [file]).status;
};

test.each([
  ['a subject of 72 characters', 'x'.repeat(72), 0],
  ['a subject of 73 characters', 'x'.repeat(73), 1],
  ['a body after an empty line, of any width', `Judge a grow by the bytes\n\n${'x'.repeat(200)}\n`, 0],
  ['a body right below the subject', 'Judge a grow\nby the bytes that arrived\n', 1],
  ["git's own comments", `Judge a grow\n# ${'x'.repeat(200)}\n`, 0],
  ['a merge, however long its branch is', `Merge branch '${'x'.repeat(80)}'`, 0],
  ['a word that only begins like a merge', `Mergers ${'x'.repeat(80)}`, 1],
])('%s', (_what, message, status) => expect(judge(message)).toBe(status));
