import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALARM_KINDS } from '../../../lib/domain/names/alarm-kinds';
import { SILENT_NODES, SILENT_NODES_LOG } from '../../../lib/domain/sweep/silence';
import { ENVIRONMENTS, ROOT, allResources, resources, shipped, synthesize } from '../../app/synthesized';
import { exampleEnvironment } from '../attach/example-environments';
import { resourcesOf } from '../../security/support/every-environment';

const sections = new Map(
  readFileSync(join(ROOT, 'docs', 'runbook.md'), 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((section): [string, string] => [section.split('\n')[0] ?? '', section]),
);

const alarms = [
  ...ENVIRONMENTS.flatMap(({ name }) => allResources(shipped(name)).map(([, resource]) => resource)),
  // What an environment may have too; alarms that tell of no trouble tell no one.
  ...resourcesOf('kubeadm-more').filter(({ Properties }) => 'AlarmActions' in Properties),
]
  .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
  .map(({ Properties }): [string, string] => [
    String(Properties['AlarmName']),
    String(Properties['AlarmDescription']),
  ]);

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

test('the runbook and the alarm of an attached group name the log line that has the silent nodes', () => {
  const { observe } = synthesize('kops', exampleEnvironment('kops'));
  const [description] = Object.values(resources(observe, 'AWS::CloudWatch::Alarm'))
    .filter(({ Properties }) => Properties['MetricName'] === SILENT_NODES.name)
    .map(({ Properties }) => String(Properties['AlarmDescription']));
  expect(description).toContain(
    `/aws/lambda/headroom-kops-sweep names them, in its lines "${SILENT_NODES_LOG}"`,
  );
  expect(sections.get('worker-group-silent')).toContain(
    `aws logs tail /aws/lambda/headroom-ENV-sweep --since 15m --filter-pattern '"${SILENT_NODES_LOG}"'`,
  );
});

const REASON = /\b(?:fail|refuse|bad_usage) (["'])(.+?)\1(?=[\s)]|$)/gm;
const PROBLEM = /\b(?:reclaim_)?problem=(["'])(.+?)\1/g;
const VALUE = /\$\(\(.*?\)\)|\$\([^()]*\)|\$\{[^}]*\}|\$\w+/g;

/** What a script may say, each value in it as `…`. */
const messagesOf = (file: string, pattern: RegExp): string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').replaceAll("''", '').matchAll(pattern)].map(
    ([, , message = '']) => message.replaceAll(VALUE, '…'),
  );

/** The parts between `…` of a text in backticks are in the message, in their order. */
const isExplained = (message: string, kind: (typeof ALARM_KINDS)[number]): boolean =>
  [...(sections.get(kind) ?? '').matchAll(/`([^`\n]* [^`\n]*)`/g)].some(
    ([, quoted = '']) =>
      quoted
        .split(/(?: |\b)(?:…|N$)(?: |$)/)
        .reduce((from, part) => (from < 0 ? from : message.indexOf(part, from)), 0) >= 0,
  );

test.each([
  ...['etcd-snapshot.sh', 'etcd-common.sh']
    .flatMap((file) => messagesOf(`lib/node/${file}`, REASON))
    .map((text) => ['etcd-snapshot-old', text] as const),
  ...['guard.sh', 'guard-duties.sh']
    .flatMap((file) => messagesOf(`lib/node/${file}`, PROBLEM))
    .map((text) => ['guard-failed', text] as const),
])('%s says what to do about "%s"', (kind, message) => expect(isExplained(message, kind)).toBe(true));
