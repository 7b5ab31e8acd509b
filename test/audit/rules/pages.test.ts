import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { rulePages } from '../../../lib/audit/rule-pages';
import { RULES } from '../../../lib/audit/rules';

const PAGES = join(__dirname, '..', '..', '..', 'docs', 'audit');
const RULE_FILES = join(__dirname, '..', '..', '..', 'lib', 'audit', 'rules');
const page = (name: string): string => readFileSync(join(PAGES, name), 'utf8');
const ids = RULES.map(({ id }) => id);

/** The contract with suppressions, SARIF and links in old comments: none of these may go or change its name. */
const STABLE_IDS = [
  'root-volume-below-minimum',
  'root-volume-below-recommendation',
  'root-volume-size-of-image',
  'root-device-name-mismatch',
  'root-volume-shrinks',
  'instance-replaced',
  'running-nodes-unchanged',
  'growth-cap-missing',
  'growth-cap-too-near',
  'growth-cap-beyond-limit',
  'disk-levels-out-of-order',
  'alarm-never-matches',
  'node-group-without-disk-alarm',
  'node-group-without-silence-alarm',
  'alarm-notifies-no-one',
  'alarm-missing-data',
  'agent-without-disk-metrics',
  'volume-unencrypted',
  'volume-type-outdated',
  'volume-performance-unused',
  'control-plane-count-even',
  'etcd-quota-too-large',
  'instance-metadata-v1',
  'growth-outruns-modifications',
  'live-size-drift',
  'suppression-without-reason',
  'suppression-expired',
  'suppression-unused',
];

test('ids are unique and stable', () => {
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
  expect(STABLE_IDS.filter((id) => !ids.includes(id))).toEqual([]);
});

test('each rule is one file of its name with one entry in index.ts', () => {
  const files = readdirSync(RULE_FILES).filter((name) => name.endsWith('.ts') && name !== 'index.ts');
  expect(files.sort()).toEqual(ids.map((id) => `${id}.ts`).sort());
});

test('every page is what `npm run docs` writes, and there is no other', () => {
  const pages = rulePages(RULES, page('README.md'));
  const stale = Object.keys(pages).filter((name) => {
    try {
      return page(name) !== pages[name];
    } catch {
      return true;
    }
  });
  expect({ stale, 'to write them': 'npm run docs' }).toEqual({ stale: [], 'to write them': 'npm run docs' });
  expect(readdirSync(PAGES).sort()).toEqual([...Object.keys(pages), 'metadata.md'].sort());
});

test.each(RULES.map((rule) => [rule.id, rule] as const))('%s speaks in sentences', (_, rule) => {
  expect(rule.title).toMatch(/^\S.*[^.]$/);
  for (const prose of [rule.what, rule.why, rule.fix]) {
    for (const paragraph of prose) expect(paragraph).toMatch(/^\S.*\.$/);
    // Reports and SARIF show it as plain text.
    expect(prose[0]).not.toMatch(/`|\]\(/);
  }
});

test('links between the pages lead somewhere', () => {
  const names = readdirSync(PAGES);
  const broken = names.flatMap((name) =>
    [...page(name).matchAll(/\]\(([\w-]+\.md)\)/g)].flatMap(([, target = '']) =>
      names.includes(target) ? [] : [`${name} → ${target}`],
    ),
  );
  expect(broken).toEqual([]);
});
