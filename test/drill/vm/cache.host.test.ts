import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, recipeKey } from '../../../lib/drill/vm/cache';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'headroom-cache-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const nothing = () => Promise.resolve();
const artefacts = () => readdirSync(root).filter((name) => !name.startsWith('.'));
const unusedFor = (directory: string, hours: number): void => {
  const then = new Date(Date.now() - hours * 3_600_000);
  utimesSync(directory, then, then);
};

test('whoever needs an artefact at the same time waits for one build', async () => {
  let builds = 0;
  const build = async (directory: string) => {
    builds += 1;
    await new Promise((resolve) => setTimeout(resolve, 50));
    writeFileSync(join(directory, 'done'), '');
  };
  const three = await Promise.all([1, 2, 3].map(() => cached('worker', recipeKey('a'), build, root)));
  expect(builds).toBe(1);
  expect(new Set(three).size).toBe(1);
  expect(readdirSync(three[0] as string)).toEqual(['done']);
});

test('a new one takes the place of those of its kind that nobody used of late', async () => {
  const stale = await cached('worker', recipeKey('stale'), nothing, root);
  const recent = await cached('worker', recipeKey('recent'), nothing, root);
  const other = await cached('control-plane', recipeKey('stale'), nothing, root);
  for (const directory of [stale, other]) unusedFor(directory, 2.1);
  unusedFor(recent, 1.9);
  const current = await cached('worker', recipeKey('current'), nothing, root, 2);
  expect(
    artefacts()
      .map((name) => join(root, name))
      .sort(),
  ).toEqual([recent, other, current].sort());
});

test('one that is used again is no longer stale', async () => {
  const used = await cached('worker', recipeKey('used'), nothing, root);
  unusedFor(used, 3);
  expect(await cached('worker', recipeKey('used'), nothing, root)).toBe(used);
  await cached('worker', recipeKey('current'), nothing, root, 2);
  expect(artefacts()).toContain(used.slice(root.length + 1));
});

test('a build that fails leaves nothing, and the next one may succeed', async () => {
  const fails = () => Promise.reject(new Error('no room'));
  await expect(cached('worker', recipeKey('a'), fails, root)).rejects.toThrow('no room');
  expect(artefacts()).toEqual([]);
  await cached('worker', recipeKey('a'), nothing, root);
  expect(artefacts()).toHaveLength(1);
});
