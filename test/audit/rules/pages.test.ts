import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SEVERITIES } from '../../../lib/audit/rule';
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

test('each rule has one file of its name, and each file there is a rule', () => {
  const notRules = ['index.ts', 'recommendation.ts', 'instance-limits.ts'];
  const files = readdirSync(RULE_FILES).filter((name) => name.endsWith('.ts') && !notRules.includes(name));
  expect(files.sort()).toEqual(ids.map((id) => `${id}.ts`).sort());
});

test('there is no page without a rule', () => {
  const pages = readdirSync(PAGES).filter((name) => !['README.md', 'metadata.md'].includes(name));
  expect(pages.sort()).toEqual(ids.map((id) => `${id}.md`).sort());
});

describe.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  test('speaks in sentences', () => {
    expect(SEVERITIES).toContain(rule.severity);
    expect(rule.title).toMatch(/^\S.*[^.]$/);
    for (const text of [rule.what, rule.why, rule.mend]) expect(text).toMatch(/^[^\s].*\.$/s);
  });

  test('has a page with title, severity, and every part in order', () => {
    const text = page(`${id}.md`);
    const parts = [
      `# ${rule.title}\n`,
      `Rule \`${id}\`, severity **${rule.severity}**.`,
      '## What it looks at\n',
      '## Why\n',
      '## How to fix\n',
      'Before:\n',
      '```',
      'After:\n',
      '```',
      '## How to suppress\n',
    ];
    let at = 0;
    for (const part of parts) {
      const found = text.indexOf(part, at);
      expect([part, found >= at]).toEqual([part, true]);
      at = found + part.length;
    }
    if (!id.startsWith('suppression-')) expect(text.slice(at)).toContain(`rule: ${id}\n`);
  });

  test('is in the table of docs/audit/README.md', () => {
    const row = page('README.md')
      .split('\n')
      .find((line) => line.includes(`(${id}.md)`));
    expect(row?.split('|').map((cell) => cell.trim())).toEqual([
      '',
      `[${id}](${id}.md)`,
      rule.severity,
      rule.title,
      '',
    ]);
  });
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
