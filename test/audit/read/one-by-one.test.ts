import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { benchTemplate, writeTemplates } from '../../../bench/templates';
import type { Facts } from '../../../lib/audit/facts';
import { factsOfEach } from '../../../lib/audit/read/read-facts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'headroom-one-by-one-'))));
afterEach(() => rmSync(directory, { recursive: true }));

/** The job queue has to run once before what a WeakRef was asked for may go. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a template is read when its turn comes, not before', () => {
  writeTemplates(directory, 3, 20);
  const each = factsOfEach(directory);
  expect(each.next().value).toMatchObject({ stacks: [{ resourceCount: 20 }] });
  // Written after the first was given: had the last been read already, it would have its 20 resources.
  writeFileSync(join(directory, '00002.template.json'), JSON.stringify(benchTemplate(2, 10)));
  const [, last] = [...each];
  expect(last).toMatchObject({ stacks: [{ resourceCount: 10 }] });
});

test('facts that are not kept are collected while the rest is read', async () => {
  const COUNT = 12;
  writeTemplates(directory, COUNT, 20);
  const references: WeakRef<Facts>[] = [];
  let aliveAtEnd = COUNT;
  for (const facts of factsOfEach(directory)) {
    references.push(new WeakRef(facts));
    await nextTurn();
    collectGarbage();
    // The one in hand is alive; the generator may still hold the one before it.
    aliveAtEnd = references.filter((reference) => reference.deref() !== undefined).length;
    await nextTurn();
  }
  expect(references).toHaveLength(COUNT);
  expect(aliveAtEnd).toBeLessThanOrEqual(2);
});

test('the templates of the benchmark are the same on every run, and have as many resources as are asked for', () => {
  expect(benchTemplate(7, 200)).toEqual(benchTemplate(7, 200));
  expect(benchTemplate(7, 200)).not.toEqual(benchTemplate(8, 200));
  for (const count of [1, 9, 10, 200])
    expect(Object.keys(benchTemplate(7, count)['Resources'] as object)).toHaveLength(count);
});
