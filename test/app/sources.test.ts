import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder } from './sources';

const KEY = `test of ${process.pid}`;
const made: string[] = [];
afterEach(() => made.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const begin = (text: string) => {
  const cached = cachedFolder(KEY);
  const folder = cached.begin();
  writeFileSync(join(folder, 'text'), text);
  made.push(folder, cached.folder);
  return { cached, folder };
};

test('finds what was kept for a key, and nothing for another', () => {
  expect(cachedFolder(KEY).isThere).toBe(false);
  const { cached, folder } = begin('first');
  cached.keep(folder);
  expect(cachedFolder(KEY)).toMatchObject({ isThere: true, folder: cached.folder });
  expect(cachedFolder(KEY, 'more').isThere).toBe(false);
});

test('keeps the first of two that were made at the same time, and leaves nothing of the second', () => {
  const [first, second] = [begin('first'), begin('second')];
  first.cached.keep(first.folder);
  second.cached.keep(second.folder);
  expect(readFileSync(join(first.cached.folder, 'text'), 'utf8')).toBe('first');
  expect(existsSync(second.folder)).toBe(false);
});
