import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { ModifyVolumeCommand } from '@aws-sdk/client-ec2';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { PutParameterCommand, StartAutomationExecutionCommand } from '@aws-sdk/client-ssm';
import { ledgerText } from '../../lib/domain/plan/growth-budget';
import type { HealingBounds } from '../../lib/domain/plan/healing-bounds';
import { known, unknown } from '../../lib/domain/known';
import { separateNamespaces } from '../../lib/domain/names/metric-namespaces';
import { needsALook, nodeStatuses, type GroupRules } from '../../lib/console/status/node-status';
import { readStatus } from '../../lib/console/status/read-status';
import type { StatusFacts } from '../../lib/console/status/status-facts';
import { statusResult, statusText } from '../../lib/console/status/status-text';
import { statusClient } from '../../lib/console/status/status.client';
import { localAccount } from '../../packages/local-aws/test/contract/support/local-account';

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const TARGET = { environmentName: 'prod', account: '111122223333', region: 'eu-central-1' };
const NAMESPACES = separateNamespaces('prod');
const TAGS = { 'headroom:environment': 'prod' };
const NODE_TAGS = { ...TAGS, 'headroom:role': 'control-plane', 'headroom:node-group': 'control-plane' };
const prodAccount = (runbook?: string) => localAccount(runbook, NODE_TAGS);
const LEVELS = { warningPercent: 80, criticalPercent: 90, emergencyPercent: 95, targetPercent: 75 };
const RULES: GroupRules = {
  policies: { 'control-plane': { ...LEVELS, sizeGiB: 8, maxSizeGiB: 40 } },
  groupOf: ({ tags }) => tags['headroom:node-group'],
};

const ID = 'i-0123456789abcdef0';
const ANEW_MS = Date.UTC(2026, 11, 1);
const GROWTH = { usedGiB: 120, limitGiB: 1_000, reservedGiB: 20, line: 'the line', nextMonthAtMs: ANEW_MS };
const BOUNDS: HealingBounds = {
  ...{ growthGiB: 1_000, growthKey: 'growthGiBPerMonth', controlPlaneGiB: 60, healingsPerNodePerDay: 24 },
};
const NOTHING = { lately: [], history: [], grows: [] };
/** A node of 100 GiB at 50 %, which fills by 1 percentage point a day. */
const facts = (more: Partial<StatusFacts> = {}): StatusFacts => ({
  nodes: [
    {
      ...{ instanceId: ID, state: 'running', rootVolumeId: 'vol-1' },
      tags: { 'headroom:node-group': 'control-plane' },
    },
  ],
  volumes: known(new Map([['vol-1', 100]])),
  modifications: known(new Map()),
  series: known(
    new Map([
      [
        ID,
        {
          lately: [{ atMs: NOW - 60_000, usedPercent: 50 }],
          history: [10, 5, 0].map((days) => ({ atMs: NOW - days * 24 * HOUR_MS, usedPercent: 50 - days })),
          grows: [],
        },
      ],
    ]),
  ),
  heals: known([]),
  alarms: known([]),
  agents: known(new Map([[ID, 'Online']])),
  pauses: known([]),
  growth: known(GROWTH),
  ...more,
});

const only = (more?: Partial<StatusFacts>) => {
  const [node] = nodeStatuses(facts(more), RULES, NOW);
  if (node === undefined) throw new Error('no node');
  return node;
};

test('computes the days to each level from the pace of the history', () => {
  const { days, usedPercent, freeGiB, level, capGiB } = only();
  expect(days).toMatchObject({ known: true, value: { cap: expect.any(Number) as number } });
  const value = days.known ? days.value : undefined;
  expect(value?.warning).toBeCloseTo(30, 5);
  expect(value?.critical).toBeCloseTo(40, 5);
  expect(value?.emergency).toBeCloseTo(45, 5);
  expect([usedPercent, level, capGiB]).toEqual([known(50), 'below', known(40)]);
  expect(freeGiB.known && freeGiB.value).toBeCloseTo(46.5, 5);
});

test('shows an unknown fact as unknown, never as 0', () => {
  const node = only({ series: known(new Map([[ID, NOTHING]])), volumes: unknown('AccessDenied') });
  expect(node.usedPercent).toEqual(unknown('no measurement in 15 minutes'));
  expect(node.level).toBe('unknown');
  expect([node.freeGiB.known, node.volumeGiB.known, node.days.known]).toEqual([false, false, false]);
  const text = statusText('prod', [node], facts(), NOW);
  expect(text).toContain('unknown');
  expect(text).toContain('volume unknown: AccessDenied');
  expect(needsALook([node], known([]))).toBe(true);
});

test('gives no forecast from too little history, which is not "never"', () => {
  const lately = [{ atMs: NOW, usedPercent: 50 }];
  const young = only({ series: known(new Map([[ID, { lately, history: lately, grows: [] }]])) });
  expect(young.days).toEqual(unknown('too little history'));
  const still = [{ atMs: NOW - HOUR_MS, usedPercent: 50 }, ...lately];
  const idle = only({ series: known(new Map([[ID, { lately, history: still, grows: [] }]])) });
  expect(idle.days).toMatchObject({ value: { warning: Infinity } });
  expect(statusText('prod', [idle], facts(), NOW)).toContain('never / never / never');
  expect(statusResult('prod', [idle], facts())).toMatchObject({
    nodes: [{ days: { value: { warning: 'never' } } }],
  });
});

const modification = (state: 'optimizing' | 'completed' | 'failed', hoursAgo: number) =>
  known(
    new Map([
      ['vol-1', { state, startedAtMs: NOW - hoursAgo * HOUR_MS, targetSizeGiB: 100, progressPercent: 40 }],
    ]),
  );
const grows = (...hoursAgo: number[]) =>
  known(
    new Map([
      [ID, { ...NOTHING, grows: hoursAgo.map((hours) => ({ atMs: NOW - hours * HOUR_MS, value: 1 })) }],
    ]),
  );

test.each([
  ['none', {}, { left: 4, busy: null }],
  ['one that EC2 tells', { modifications: modification('completed', 2) }, { left: 3, busy: null }],
  ['one of yesterday', { modifications: modification('completed', 25) }, { left: 4, busy: null }],
  ['one that failed', { modifications: modification('failed', 2) }, { left: 4, busy: null }],
  [
    'one that still goes on',
    { modifications: modification('optimizing', 2) },
    { left: 3, busy: 'optimizing 40 %' },
  ],
  [
    'three of our metric, the last of which EC2 tells',
    { modifications: modification('completed', 1), series: grows(20, 9, 1) },
    { left: 1, busy: null },
  ],
  ['more than EBS allows', { series: grows(20, 15, 9, 5, 1) }, { left: 0, busy: null }],
])('counts the modifications that are left: %s', (_, more, expected) =>
  expect(only(more as Partial<StatusFacts>).budget).toEqual(known(expected)),
);

test('shows the latest healing of each node', () => {
  const heals = known([
    { instanceId: ID, startedAtMs: NOW - 9 * HOUR_MS, verdict: 'escalated' },
    { instanceId: ID, startedAtMs: NOW - 2 * HOUR_MS, verdict: 'healed' },
    { instanceId: 'i-other', startedAtMs: NOW, verdict: 'escalated' },
  ]);
  const node = only({ heals });
  expect(node.lastHeal).toEqual(known({ startedAtMs: NOW - 2 * HOUR_MS, verdict: 'healed' }));
  expect(statusText('prod', [node], facts(), NOW)).toMatch(/healed, 2 h/);
  expect(needsALook([node], known([]))).toBe(false);
});

test.each([
  ['an alarm', {}, known([{ name: 'headroom-prod-heal-failed', instanceId: undefined }])],
  ['alarms that cannot be read', {}, unknown('AccessDenied')],
  ['a silent agent', { agents: known(new Map([[ID, 'ConnectionLost']])) }, known([])],
  [
    'an escalated heal',
    { heals: known([{ instanceId: ID, startedAtMs: NOW, verdict: 'escalated' }]) },
    known([]),
  ],
])('asks for a person: %s', (_, more, alarms) =>
  expect(needsALook([only(more as Partial<StatusFacts>)], alarms)).toBe(true),
);

test('names the next command where there is no instance', () =>
  expect(statusText('prod', [], facts(), NOW)).toContain("npx cdk deploy '**' -c env=prod"));

test('reads metric, volume, modification, healing and agent of a node in few calls', async () => {
  const { world, aws } = prodAccount('headroom-prod-HealNode');
  const { cloudwatch, ec2, ssm } = world.clients;
  const dimensions = { InstanceId: world.instanceId, path: '/', fstype: 'ext4' };
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: NAMESPACES['control-plane'],
      MetricData: [
        { MetricName: 'disk_used_percent', Value: 91, Timestamp: new Date(NOW - 60_000) },
        { MetricName: 'disk_used_percent', Value: 40, Timestamp: new Date(NOW - 48 * HOUR_MS) },
      ].map((datum) => ({
        ...datum,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      })),
    }),
  );
  await ec2.send(new ModifyVolumeCommand({ VolumeId: world.volumeId, Size: 12 }));
  await ssm.send(
    new StartAutomationExecutionCommand({
      DocumentName: 'headroom-prod-HealNode',
      Parameters: { InstanceId: [world.instanceId] },
    }),
  );
  const before = Object.values(aws.apiCalls).reduce((sum, calls) => sum + calls, 0);
  const read = await readStatus(TARGET, TAGS, NAMESPACES, () => BOUNDS, statusClient(world.clients), NOW);
  const after = Object.values(aws.apiCalls).reduce((sum, calls) => sum + calls, 0);
  // One for the execution under way, whose list names no node.
  // Of the month's growth the bucket's name, which is not there.
  expect(after - before).toBe(11);

  const [node] = nodeStatuses(read, RULES, NOW);
  expect(node).toMatchObject({
    ...{ instanceId: world.instanceId, nodeGroup: 'control-plane', level: 'critical' },
    ...{ usedPercent: known(91), agent: known('Online'), alarms: known([]) },
    lastHeal: { value: { verdict: 'under way' } },
    budget: { value: { busy: expect.stringMatching(/^(modifying|optimizing)/) as string } },
  });
  expect(node?.days.known).toBe(true);
});

test('keeps the other sources when AWS refuses one', async () => {
  const { world, aws } = prodAccount('headroom-prod-HealNode');
  aws.addFaults([
    { fail: 'cloudwatch:GetMetricData', error: 'AccessDeniedException', times: 9 },
    { fail: 'ssm:DescribeAutomationExecutions', error: 'AccessDeniedException', times: 9 },
  ]);
  const read = await readStatus(TARGET, TAGS, NAMESPACES, () => BOUNDS, statusClient(world.clients), NOW);
  expect(read.series).toMatchObject({ known: false, why: expect.stringContaining('AccessDenied') as string });
  expect(read.heals.known).toBe(false);
  expect(read.volumes).toEqual(known(new Map([[world.volumeId, 8]])));
});

test('ends when the nodes cannot be listed', async () => {
  const { world, aws } = prodAccount();
  aws.addFaults([{ fail: 'ec2:DescribeInstances', error: 'UnauthorizedOperation', times: 9 }]);
  await expect(
    readStatus(TARGET, TAGS, NAMESPACES, () => BOUNDS, statusClient(world.clients), NOW),
  ).rejects.toThrow(/^Cannot list the nodes: UnauthorizedOperation[^]*Allow ec2:DescribeInstances/);
});

describe("the month's growth", () => {
  const LEDGER = 'ledger/growth/2026-11.json';
  const bought = (gib: number, nodeGroup: string) => ({
    ...{ volumeId: 'vol-1', targetSizeGiB: 300, gib, nodeGroup, at: '2026-11-20T04:00:00.000Z' },
  });
  /** @param text of the ledger; undefined: there is none */
  const read = async (text: string | undefined, bounds: () => HealingBounds = () => BOUNDS) => {
    const { world } = prodAccount();
    const { ssm, s3 } = world.clients;
    const Name = '/headroom/prod/evidence-bucket';
    await ssm.send(new PutParameterCommand({ Name, Value: world.bucket, Type: 'String', Overwrite: true }));
    if (text !== undefined)
      await s3.send(new PutObjectCommand({ Bucket: world.bucket, Key: LEDGER, Body: text }));
    const { growth } = await readStatus(TARGET, TAGS, NAMESPACES, bounds, statusClient(world.clients), NOW);
    return growth;
  };

  test('is read from the ledger, with what is kept for the control plane', async () => {
    const purchases = [bought(80, 'general'), bought(40, 'control-plane')];
    const growth = await read(ledgerText({ schema: 1, purchases }));
    expect(growth).toMatchObject({
      value: { usedGiB: 120, limitGiB: 1_000, reservedGiB: 20, nextMonthAtMs: ANEW_MS },
    });
    expect(statusText('prod', [only()], facts({ growth }), NOW)).toContain(
      'growth this month: 120 of 1,000 GiB (20 kept for the control plane), next month begins 2026-12-01T00:00:00.000Z\n',
    );
    expect(statusResult('prod', [only()], facts({ growth }))).toMatchObject({
      growth: { known: true, value: { usedGiB: 120 } },
    });
  });

  test('is zero where nothing was bought and there is no ledger', async () => {
    expect(await read(undefined)).toMatchObject({ value: { usedGiB: 0, reservedGiB: 60 } });
  });

  test.each([
    ['what is no ledger', 'not ours', undefined, 'Error: the object is not a growth ledger'],
    [
      'a bound that cannot be told',
      undefined,
      (): never => {
        throw new Error('no price');
      },
      'Error: no price',
    ],
  ])('%s: is unknown, with the reason, and never 0', async (_, text, bounds, why) => {
    const growth = await read(text, bounds);
    expect(growth).toMatchObject({ known: false, why: expect.stringContaining(why) as string });
    expect(statusText('prod', [only()], facts({ growth }), NOW)).toContain(
      `what healing bought this month is unknown: ${why}`,
    );
  });

  test.each([
    ['ssm:GetParameter', 'ParameterNotFound'],
    ['s3:GetObject', 'AccessDenied'],
  ])('is unknown where %s answers %s, and the nodes are shown', async (fail, error) => {
    const { world, aws } = prodAccount();
    const Value = world.bucket;
    await world.clients.ssm.send(
      new PutParameterCommand({
        Name: '/headroom/prod/evidence-bucket',
        Value,
        Type: 'String',
        Overwrite: true,
      }),
    );
    aws.addFaults([{ fail, error, times: 9 }]);
    const found = await readStatus(TARGET, TAGS, NAMESPACES, () => BOUNDS, statusClient(world.clients), NOW);
    expect(found.growth).toMatchObject({ known: false, why: expect.stringContaining(error) as string });
    expect(found.nodes).toHaveLength(1);
  });
});
