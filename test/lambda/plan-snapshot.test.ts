import { createHandler } from '../../lambda/plan/handler';
import { connect } from '../../lambda/plan/plan.client';
import { ec2Client } from '../../lib/aws/clients/ec2';
import type { PlanPayload } from '../../lib/domain/plan/plan-payload';
import {
  INSTANCE,
  NOW_MS,
  VOLUME,
  assessResult,
  filesystem,
  policy,
  reclaimResult,
  rootFigures,
} from '../domain/fixtures';
import { awsError, fakeSdk, recordingLog, type Answers } from './fake-sdk';
import { ledgerBucket } from './ledger-bucket';
import { setPlanEnvironment, workerAnswers } from './plan-setup';

const run = async (answers: Answers = {}, usedPercent = 97) => {
  const sdk = fakeSdk(['ec2', 'autoscaling', 'cloudwatch', 'ssm', 's3'], {
    ...workerAnswers(),
    ...ledgerBucket().answers,
    ...answers,
  });
  const clock = { now: () => NOW_MS, sleep: () => Promise.resolve() };
  const handler = createHandler(sdk.clients, { clock, log: recordingLog().log });
  const plan = (await handler({
    ...{ instanceId: INSTANCE, executionId: 'e1' },
    assessOutput: JSON.stringify(assessResult(rootFigures(usedPercent))),
    reclaimOutput: JSON.stringify(reclaimResult(undefined, filesystem(usedPercent))),
  })) as PlanPayload;
  return { plan, ...sdk };
};

beforeEach(() => {
  setPlanEnvironment({ general: policy });
  process.env['HEADROOM_SNAPSHOT_FIRST'] = 'yes';
});

test('asks for snapshots of this volume that Headroom took in this environment, page by page', async () => {
  const pages = [
    { Snapshots: [], NextToken: 'next' },
    { Snapshots: [{ SnapshotId: 'snap-1', State: 'completed' }] },
  ];
  const { plan, inputs } = await run({ 'ec2:DescribeSnapshots': (_, count) => pages[count - 1] });
  expect(plan).toMatchObject({
    action: 'grow',
    snapshotFirst: { take: false, why: 'snap-1 already exists' },
  });
  const asked = {
    OwnerIds: ['self'],
    Filters: [
      { Name: 'volume-id', Values: [VOLUME] },
      { Name: 'tag:headroom:environment', Values: ['prod'] },
      { Name: 'tag-key', Values: ['headroom:before-growth'] },
    ],
  };
  expect(inputs('ec2:DescribeSnapshots')).toEqual([asked, { ...asked, NextToken: 'next' }]);
});

test.each([80.1, 97])(
  'at %d %% the answer that is missing keeps nothing from growing',
  async (usedPercent) => {
    const { plan } = await run(
      {
        'ec2:DescribeSnapshots': () => {
          throw awsError('RequestLimitExceeded');
        },
      },
      usedPercent,
    );
    expect(plan).toMatchObject({
      action: 'grow',
      snapshotFirst: { take: true, why: expect.stringContaining('RequestLimitExceeded') as string },
    });
  },
);

test('nothing is asked where nothing is bought', async () => {
  const { plan, operations } = await run({}, 60);
  expect(plan).toMatchObject({ action: 'none' });
  expect(plan).not.toHaveProperty('snapshotFirst');
  expect(operations()).not.toContain('ec2:DescribeSnapshots');
});

test('nothing is asked where the environment wants none', async () => {
  process.env['HEADROOM_SNAPSHOT_FIRST'] = 'no';
  const { plan, operations } = await run();
  expect(plan).toMatchObject({ action: 'grow' });
  expect(plan).not.toHaveProperty('snapshotFirst');
  expect(operations()).not.toContain('ec2:DescribeSnapshots');
});

test('an EC2 that does not answer is given up before the function ends', async () => {
  process.env['AWS_ACCESS_KEY_ID'] = process.env['AWS_SECRET_ACCESS_KEY'] = 'x';
  const timeout = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
  const nothing = { send: () => Promise.resolve({}) };
  const client = connect({
    ec2: ec2Client({ region: 'eu-central-1' }),
    autoscaling: nothing,
    cloudwatch: nothing,
  });
  await expect(client.snapshotsBeforeGrowth(VOLUME, 'prod')).rejects.toHaveProperty('name', 'AbortError');
  expect(timeout.mock.calls).toEqual([[8_000]]);
  timeout.mockRestore();
});
