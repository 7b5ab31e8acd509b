import { readAlarmEvent } from '../../../lib/domain/sweep/alarm-event';
import { DEPLOY_SOURCE, FINDING_EXPIRES_MS, sweepMessage } from '../../../lib/domain/sweep/sweep-message';
import type { SweepFinding } from '../../../lib/domain/sweep/sweep';
import { INSTANCE, NOW_MS } from '../fixtures';

const finding: SweepFinding = {
  instanceId: INSTANCE,
  nodeGroup: 'general',
  finding: 'over-level',
  reason: '/ is at 91 %',
  usedPercent: 91,
};

test('what the sweep writes is what dispatch reads', () => {
  expect(readAlarmEvent(JSON.parse(JSON.stringify(sweepMessage(finding, NOW_MS).body)))).toEqual({
    kind: 'node-in-alarm',
    instanceId: INSTANCE,
    alarmName: 'sweep:over-level',
    at: '2026-11-20T04:06:00.000Z',
    expiresAtMs: NOW_MS + FINDING_EXPIRES_MS,
  });
});

test('one message group a node group, one message a node in five minutes', () => {
  const first = sweepMessage(finding, NOW_MS);
  expect(first.groupId).toBe('general');
  expect(sweepMessage(finding, NOW_MS + 60_000).deduplicationId).toBe(first.deduplicationId);
  expect(sweepMessage(finding, NOW_MS + 300_000).deduplicationId).not.toBe(first.deduplicationId);
  expect(sweepMessage({ ...finding, instanceId: 'i-0ff99ee88dd77cc66' }, NOW_MS).deduplicationId).not.toBe(
    first.deduplicationId,
  );
});

test.each([
  [undefined, 'unknown'],
  ['', 'unknown'],
  ['größe; rm', 'gr--e--rm'],
  ['x'.repeat(300), 'x'.repeat(128)],
])('the group %j is one that SQS takes', (nodeGroup, groupId) => {
  expect(sweepMessage({ ...finding, nodeGroup }, NOW_MS).groupId).toBe(groupId);
});

test.each<[string, object]>([
  ['a hostile instance id', { instanceId: '$(reboot)' }],
  ['a finding nobody knows', { finding: 'fine' }],
  ['a use that is text', { usedPercent: '91' }],
  ['no reason', { reason: undefined }],
])('%s is unreadable', (_, more) => {
  const { body } = sweepMessage(finding, NOW_MS);
  expect(readAlarmEvent({ ...body, detail: { ...body.detail, ...more } }).kind).toBe('unreadable');
});

test.each([
  ['of another source', { source: 'aws.cloudwatch' }],
  ['at no time', { time: 'now' }],
])('a finding %s is unreadable', (_, more) => {
  expect(readAlarmEvent({ ...sweepMessage(finding, NOW_MS).body, ...more }).kind).toBe('unreadable');
});

test('a deploy says that it was a deploy, and each of them is heard, however soon after the last', () => {
  const short: SweepFinding = { ...finding, finding: 'below-declared-size' };
  const first = sweepMessage(short, NOW_MS, DEPLOY_SOURCE);
  expect(readAlarmEvent(first.body)).toMatchObject({ alarmName: 'deploy:below-declared-size' });
  expect(first.groupId).toBe('general');
  expect(sweepMessage(short, NOW_MS + 1, DEPLOY_SOURCE).deduplicationId).not.toBe(first.deduplicationId);
  expect(sweepMessage(short, NOW_MS).deduplicationId).not.toBe(first.deduplicationId);
});
