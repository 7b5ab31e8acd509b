import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALARM_KINDS } from '../../lib/domain/alarm-kinds';
import { ENVIRONMENTS, ROOT, allResources, shipped } from '../app/synthesized';

const sections = new Map(
  readFileSync(join(ROOT, 'docs', 'runbook.md'), 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((section): [string, string] => [section.split('\n')[0] ?? '', section]),
);

const alarms = ENVIRONMENTS.flatMap(({ name }) =>
  allResources(shipped(name))
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([, { Properties }]): [string, string] => [
      String(Properties['AlarmName']),
      String(Properties['AlarmDescription']),
    ]),
);

test('there are alarms of every kind to look at', () => {
  const kinds = new Set(alarms.map(([, description]) => description.split('#')[1]));
  expect([...kinds].sort()).toEqual([...ALARM_KINDS].sort());
});

test.each(alarms)(
  '%s: symptom, what Headroom does, and a section of the runbook that exists',
  (_, description) => {
    const [, text, anchor] = /^(.+) Runbook: docs\/runbook\.md#([a-z-]+)$/.exec(description) ?? [];
    expect(text?.split('. ').length).toBeGreaterThan(1);
    expect(text).toContain('Headroom');
    expect([...sections.keys()]).toContain(anchor);
    // CloudWatch allows 1,024 characters.
    expect(description.length).toBeLessThanOrEqual(1_024);
  },
);

test.each(ALARM_KINDS)(
  'the section %s has description, investigation and resolution, each with a text',
  (kind) => {
    const parts = (sections.get(kind) ?? '').split(/^### /m).slice(1);
    expect(parts.map((part) => part.split('\n')[0])).toEqual(['Description', 'Investigation', 'Resolution']);
    for (const part of parts) expect(part.split('\n').slice(1).join('').trim().length).toBeGreaterThan(40);
  },
);

test('the runbook has no section that no alarm leads to', () => {
  expect([...sections.keys()].sort()).toEqual([...ALARM_KINDS].sort());
});
