import { attachedAtMs, silentNodes, type ExpectedNode } from '../../../lib/domain/sweep/silence';
import { sweep } from '../../../lib/domain/sweep/sweep';
import { INSTANCE, NOW_MS, policy } from '../fixtures';

const ago = (minutes: number): number => NOW_MS - minutes * 60_000;
const OLD = ago(1_000_000);
const at = (minutes: number) => ({ atMs: ago(minutes), usedPercent: 40 });
const silent = (node: Partial<ExpectedNode>): boolean => {
  const swept = { instanceId: INSTANCE, nodeGroup: 'general', launchedAtMs: OLD, samples: [], ...node };
  return silentNodes([swept], ['general', 'spare'], NOW_MS)['general']?.length === 1;
};

test.each<[string, Partial<ExpectedNode>, boolean]>([
  ['reports', { samples: [at(1), at(2)] }, false],
  ['did not for six minutes: its agent may restart', { samples: [at(6)] }, false],
  ['did not for seven', { samples: [at(7), at(90)] }, true],
  ['never did', {}, true],
  ['was launched less than an hour ago, without the agent', { launchedAtMs: ago(59) }, false],
  ['was launched an hour ago and never reported', { launchedAtMs: ago(60) }, true],
  ['was attached less than an hour ago', { attachedAtMs: ago(59) }, false],
  ['was attached an hour ago and never reported', { attachedAtMs: ago(60) }, true],
  ['was attached lately, reported, and fell silent', { attachedAtMs: ago(20), samples: [at(8)] }, true],
  ['was started again just now', { launchedAtMs: ago(14), samples: [at(120)] }, false],
  ['was started again and does not report', { launchedAtMs: ago(15), samples: [at(120)] }, true],
  ['EC2 says not since when', { launchedAtMs: undefined }, true],
])('a node that %s', (_, node, expected) => expect(silent(node)).toBe(expected));

test('each group has the ids of its own nodes', () => {
  const node = { instanceId: 'i-1', nodeGroup: 'general', launchedAtMs: OLD, samples: [] };
  const nodes = [node, { ...node, instanceId: 'i-2' }, { ...node, instanceId: 'i-3', nodeGroup: undefined }];
  expect(silentNodes(nodes, ['general', 'spare'], NOW_MS)).toEqual({ general: ['i-1', 'i-2'], spare: [] });
});

test.each([
  ['2026-11-20T00:00:00.000Z', Date.parse('2026-11-20T00:00:00Z'), Date.parse('2026-11-20T00:00:00Z')],
  ['2026-11-20T00:00:00.000Z', Date.parse('2026-11-19T23:59:59Z'), undefined],
  ['soon', NOW_MS, undefined],
])('attached at %s, looked at at %d', (Value, nowMs, expected) =>
  expect(attachedAtMs({ 'headroom:attached-at': Value }, nowMs)).toBe(expected),
);

describe('the sweep', () => {
  const findings = (minutes: number, alarms: Parameters<typeof sweep>[0]['alarms'] = [], samples = [at(1)]) =>
    sweep(
      {
        nodes: [
          {
            ...{ instanceId: INSTANCE, nodeGroup: 'general', launchedAtMs: OLD },
            attachedAtMs: ago(minutes),
            samples,
          },
        ],
        ...{ executions: [], alarms, pauses: [] },
      },
      policy,
      NOW_MS,
    ).map(({ finding }) => finding);

  test('leaves a node that was attached and not yet measured alone for an hour', () => {
    expect(findings(59, [], [])).toEqual([]);
    expect(findings(60, [], [])).toEqual(['silent']);
  });

  test('starts nothing for the silence alarm of a node that reports: it was measured for the first time', () => {
    const alarm = { instanceId: INSTANCE, sinceMs: ago(20) };
    expect(findings(20, [{ ...alarm, alarmName: 'headroom-kops-control-plane-1-silent' }])).toEqual([]);
    expect(findings(20, [{ ...alarm, alarmName: 'headroom-kops-control-plane-1-disk-warning' }])).toEqual([
      'alarm-without-execution',
    ]);
  });
});
