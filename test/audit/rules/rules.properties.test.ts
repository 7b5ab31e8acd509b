import fc from 'fast-check';
import { unknown, type Fact, type Facts } from '../../../lib/audit/facts';
import type { Audited, Outcome } from '../../../lib/audit/rule';
import { RULES } from '../../../lib/audit/rules';
import { anyFacts, anyLive } from '../support/arbitrary-facts';
import {
  agent,
  alarm,
  controlPlane,
  eventRule,
  facts,
  nodeGroup,
  silenceAlarm,
  topic,
} from '../support/facts';

const anyAudited: fc.Arbitrary<Audited> = fc
  .record({ head: anyFacts, base: anyFacts, live: anyLive }, { requiredKeys: ['head'] })
  .map((audited) => audited as Audited);

/** Order does not matter. */
const sorted = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) => JSON.stringify(outcome)).sort();

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
};

/** A sentence that a person can read, whatever the facts were. */
const isSentence = (text: string): boolean =>
  text.length > 0 && text.length < 2_000 && !/undefined|\[object/.test(text);

const expectReadable = (outcome: Outcome): void => {
  expect(outcome.subject.place.logicalId).toEqual(expect.any(String));
  expect(outcome.subject.name.length).toBeGreaterThan(0);
  if (outcome.kind === 'cannot-tell') expect(isSentence(outcome.why)).toBe(true);
  if (outcome.kind !== 'finding') return;
  expect(isSentence(outcome.message)).toBe(true);
  expect(outcome.message).toMatch(/\.$/);
  if (outcome.remediation !== undefined) expect(isSentence(outcome.remediation)).toBe(true);
  if (typeof outcome.fix?.value === 'number') expect(Number.isSafeInteger(outcome.fix.value)).toBe(true);
};

test('no rule throws or changes anything, and every outcome has a subject and words', () => {
  fc.assert(
    fc.property(anyAudited, (audited) => {
      for (const rule of RULES) rule.check(frozen(audited)).forEach(expectReadable);
    }),
    { numRuns: 500 },
  );
});

test('each rule says the same twice, and in whatever order node groups come', () => {
  fc.assert(
    fc.property(anyAudited, (audited) => {
      const turned: Facts = { ...audited.head, nodeGroups: audited.head.nodeGroups.toReversed() };
      for (const rule of RULES) {
        const once = rule.check(audited);
        expect(rule.check(audited)).toEqual(once);
        expect(sorted(rule.check({ ...audited, head: turned }))).toEqual(sorted(once));
      }
    }),
    { numRuns: 300 },
  );
});

/** A template in order, with what each rule may need: a finding nowhere in it. */
const healthy = (): Facts => {
  const policy = {
    environment: 'prod',
    maxSizeGiB: 600,
    growthGiBPerDay: 1,
    etcdQuotaGiB: 2,
    diskLevels: { targetPercent: 75, warningPercent: 80, criticalPercent: 90, emergencyPercent: 95 },
    kubelet: { imageGcLowPercent: 65, imageGcHighPercent: 70, evictionPercent: 85 },
  };
  const root = {
    iops: { state: 'known', value: 3_000 },
    throughputMiBps: { state: 'known', value: 125 },
  } as const;
  const watched = { state: 'known', value: ['prod/general', 'prod/control-plane'] } as const;
  const single = (one: ReturnType<typeof alarm>) =>
    ['Node1', 'Node2', 'Node3'].map((node) => ({
      ...one,
      watches: { state: 'known', value: ['prod/control-plane'] } as const,
      metric: {
        state: 'known',
        value: {
          namespace: { state: 'known', value: 'CWAgent' },
          name: { state: 'known', value: 'disk_used_percent' },
          dimensions: { state: 'known', value: { InstanceId: node, fstype: 'ext4', path: '/' } },
        },
      } as const,
    }));
  const workers = (one: ReturnType<typeof alarm>): ReturnType<typeof alarm> => ({
    ...one,
    metric: {
      state: 'known',
      value: {
        namespace: { state: 'known', value: 'CWAgent' },
        name: { state: 'known', value: 'disk_used_percent' },
        dimensions: { state: 'known', value: { AutoScalingGroupName: 'general' } },
      },
    },
  });
  return facts({
    nodeGroups: [nodeGroup({ policy, root }), controlPlane({ policy, root })],
    alarms: [...single(alarm()), ...single(silenceAlarm()), workers(alarm()), workers(silenceAlarm())],
    agents: [agent({ nodeGroups: watched })],
    eventRules: [eventRule()],
    topics: [topic()],
  });
};

const audited = (head: Facts): Audited => ({ head, base: healthy() });
const outcomesOf = (head: Facts) =>
  RULES.flatMap((rule) => rule.check(audited(head)).map((outcome) => ({ rule, outcome })));

test('a template in order: each rule passes, none finds anything, none is in doubt', () => {
  const outcomes = outcomesOf(healthy());
  expect(outcomes.filter(({ outcome }) => outcome.kind !== 'pass')).toEqual([]);
  const passed = new Set(outcomes.map(({ rule }) => rule.id));
  const silent = RULES.map(({ id }) => id).filter((id) => !passed.has(id));
  expect(silent).toEqual([
    'live-size-drift',
    'suppression-without-reason',
    'suppression-expired',
    'suppression-unused',
  ]);
});

test('a rule that needs a base or an account has no outcome without it', () => {
  const needing = RULES.filter(({ needs }) => needs.includes('base') || needs.includes('live'));
  expect(needing.flatMap((rule) => rule.check({ head: healthy() }))).toEqual([]);
  expect(needing.length).toBeGreaterThan(3);
});

/** Paths of all facts in it. */
const factPaths = (value: unknown, path: readonly string[] = []): (readonly string[])[] => {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'state' in value ? [path] : [];
  return [...own, ...Object.entries(value).flatMap(([key, child]) => factPaths(child, [...path, key]))];
};

const withUnknown = (value: Facts, path: readonly string[]): Facts => {
  const copy = structuredClone(value);
  let at = copy as unknown as Record<string, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[path.at(-1) ?? ''] = unknown('hidden') satisfies Fact<never>;
  return copy;
};

/** Facts that decide, by rule: with any of them hidden, the rule may not pass for what it stands on. */
const NEEDED: Record<string, RegExp> = {
  'root-volume-below-minimum': /^nodeGroups\.\d\.rootVolume(\.value\.sizeGiB)?$/,
  'root-volume-below-recommendation': /^nodeGroups\.\d\.rootVolume(\.value\.sizeGiB)?$/,
  'root-volume-size-of-image': /^nodeGroups\.\d\.rootVolume(\.value\.sizeGiB)?$/,
  'root-device-name-mismatch': /^nodeGroups\.\d\.(blockDevices(\.value\.0\.deviceName)?|image\.family)$/,
  'root-volume-shrinks': /^nodeGroups\.\d\.rootVolume(\.value\.sizeGiB)?$/,
  'growth-cap-too-near': /^nodeGroups\.\d\.rootVolume(\.value\.sizeGiB)?$/,
  'alarm-never-matches':
    /^(alarms\.\d\.metric(\.value\.(namespace|name|dimensions))?|agents\.0\.configuration)$/,
  'node-group-without-disk-alarm': /^alarms\.6\.(metric(\.value\.name)?|watches|comparison)$/,
  'node-group-without-silence-alarm': /^alarms\.7\.(metric(\.value\.name)?|watches|comparison)$/,
  'alarm-missing-data': /^alarms\.[3457]\.(metric(\.value\.name)?|comparison|treatMissingData)$/,
  'agent-without-disk-metrics': /^agents\.0\.configuration$/,
  'volume-unencrypted': /^nodeGroups\.\d\.blockDevices(\.value\.0\.encrypted)?$/,
  'volume-type-outdated': /^nodeGroups\.\d\.blockDevices(\.value\.0\.volumeType)?$/,
  'volume-performance-unused': /^nodeGroups\.\d\.blockDevices\.value\.0\.(volumeType|iops|throughputMiBps)$/,
  'control-plane-count-even': /^nodeGroups\.1\.nodes\.desired$/,
  'etcd-quota-too-large': /^nodeGroups\.\d\.rootVolume(\.value\.sizeGiB)?$/,
  'instance-metadata-v1': /^nodeGroups\.\d\.imdsV2Required$/,
  'growth-outruns-modifications': /^nodeGroups\.\d\.rootVolume(\.value\.sizeGiB)?$/,
};

test.each(Object.entries(NEEDED))(
  '%s: a hidden fact that it needs is never a pass, and never silence',
  (id, needed) => {
    const head = healthy();
    const paths = factPaths(head).filter((path) => needed.test(path.join('.')));
    expect(paths.length).toBeGreaterThan(0);
    const passes = (one: Facts): number =>
      outcomesOf(one).filter(({ rule, outcome }) => rule.id === id && outcome.kind === 'pass').length;
    const doubts = (one: Facts): number =>
      outcomesOf(one).filter(({ rule, outcome }) => rule.id === id && outcome.kind === 'cannot-tell').length;
    const before = passes(head);
    const wrong = paths.filter((path) => {
      const hidden = withUnknown(head, path);
      return passes(hidden) >= before || doubts(hidden) === 0;
    });
    expect(wrong.map((path) => path.join('.'))).toEqual([]);
  },
);

test('whatever is hidden, nothing is found that was not there', () => {
  const head = healthy();
  const wrong = factPaths(head).flatMap((path) =>
    outcomesOf(withUnknown(head, path))
      .filter(({ outcome }) => outcome.kind === 'finding')
      .map(({ rule }) => `${rule.id}: ${path.join('.')}`),
  );
  expect(wrong).toEqual([]);
});
