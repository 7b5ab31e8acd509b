import { createHandler } from '../../lambda/plan/handler';
import { EMPTY_LEDGER, ledgerText, readLedger, withPurchase } from '../../lib/domain/plan/growth-budget';
import type { StepPermission } from '../../lib/domain/plan/permission';
import { NOT_COUNTED } from '../../lib/domain/plan/plan-purchase';
import type { PlanPayload } from '../../lib/domain/plan/plan-payload';
import {
  INSTANCE,
  NOW_MS,
  VOLUME,
  assessResult,
  policy,
  reclaimResult,
  rootFigures,
  filesystem,
} from '../domain/fixtures';
import { awsError, fakeSdk, recordingLog, type Answers } from './fake-sdk';
import { ledgerBucket, setBounds } from './ledger-bucket';
import { setPlanEnvironment, workerAnswers } from './plan-setup';

const KEY = 'ledger/growth/2026-11.json';
const OTHER = { volumeId: 'vol-other', targetSizeGiB: 95, gib: 95, at: '2026-11-02T00:00:00.000Z' };
const SPENT = ledgerText(withPurchase(EMPTY_LEDGER, OTHER));

const setUp = (bucket: ReturnType<typeof ledgerBucket>, answers: Answers = {}, nodeGroup = 'general') => {
  const sdk = fakeSdk(['ec2', 'autoscaling', 'cloudwatch', 'ssm', 's3'], {
    ...workerAnswers(nodeGroup),
    ...bucket.answers,
    ...answers,
  });
  let nowMs = NOW_MS;
  const clock = {
    now: () => nowMs,
    sleep: (milliseconds: number) => {
      nowMs += milliseconds;
      return Promise.resolve();
    },
  };
  const handler = createHandler(sdk.clients, { clock, log: recordingLog().log });
  const run = (usedPercent = 97, more: object = {}) =>
    handler({
      ...{ instanceId: INSTANCE, executionId: 'e1', ...more },
      assessOutput: JSON.stringify(assessResult(rootFigures(usedPercent))),
      reclaimOutput: JSON.stringify(reclaimResult(undefined, filesystem(usedPercent))),
    }) as Promise<PlanPayload>;
  const approve = (targetSizeGiB: number) =>
    handler({
      ...{ instanceId: INSTANCE, executionId: 'e1', lane: 'permission', action: 'grow' },
      ...{ volumeId: VOLUME, targetSizeGiB },
    }) as Promise<StepPermission>;
  const entered = () => {
    const text = bucket.stored.get(KEY)?.text;
    return text === undefined ? [] : readLedger(text).purchases;
  };
  return { ...sdk, handler, run, approve, entered };
};

beforeEach(() => {
  setPlanEnvironment({ general: policy }, { growthGiB: 100 });
});

const own = {
  volumeId: VOLUME,
  targetSizeGiB: 30,
  gib: 10,
  nodeGroup: 'general',
  at: new Date(NOW_MS).toISOString(),
};

test('what is bought is entered before it is bought, in a bucket of this account', async () => {
  const { run, entered, inputs } = setUp(ledgerBucket());
  expect(await run()).toMatchObject({ action: 'grow', targetSizeGiB: 30 });
  expect(entered()).toEqual([own]);
  const place = { Bucket: 'evidence', ExpectedBucketOwner: '111122223333', Key: KEY };
  expect(inputs('s3:GetObject')).toEqual([place]);
  expect(inputs('s3:PutObject')).toEqual([expect.objectContaining({ ...place, IfNoneMatch: '*' })]);
});

test('planned again for the same purchase it is entered once', async () => {
  const bucket = ledgerBucket();
  await setUp(bucket).run();
  const { run, entered } = setUp(bucket);
  expect(await run()).toMatchObject({ action: 'grow', targetSizeGiB: 30 });
  expect(entered()).toEqual([own]);
});

test('less than a step is left: nothing is bought or entered', async () => {
  const { run, entered } = setUp(ledgerBucket({ [KEY]: SPENT }));
  expect(await run()).toMatchObject({ action: 'escalate' });
  expect(entered()).toEqual([OTHER]);
});

test('the budget is spent: nothing is bought, also at the emergency level, and nothing is entered', async () => {
  setBounds({ growthGiB: 95, growthKey: 'growthUsdPerMonth' });
  const { run, entered } = setUp(ledgerBucket({ [KEY]: SPENT }));
  const planned = await run(100);
  expect(planned).toMatchObject({ action: 'escalate', targetSizeGiB: 0, usdPerMonth: null });
  expect(planned.reason).toContain('raise healing.bounds.growthUsdPerMonth in environments/prod.yaml');
  expect(entered()).toEqual([OTHER]);
});

test('where nothing is bought, nothing is asked of S3', async () => {
  const { run, operations } = setUp(ledgerBucket());
  expect(await run(60)).toMatchObject({ action: 'none' });
  expect(operations().filter((each) => each.startsWith('s3:'))).toEqual([]);
});

test('someone else enters something meanwhile: it is decided again by that', async () => {
  const bucket = ledgerBucket();
  let others = 0;
  const { run, entered } = setUp(bucket, {
    's3:PutObject': (input: never, count) => {
      if (count <= 2) {
        others += 45;
        const text = ledgerText(withPurchase(EMPTY_LEDGER, { ...OTHER, gib: others }));
        bucket.stored.set(KEY, { text, version: 100 + count });
      }
      return bucket.answers['s3:PutObject']?.(input, count);
    },
  });
  expect(await run()).toMatchObject({ action: 'grow', targetSizeGiB: 30 });
  expect(entered().map(({ gib }) => gib)).toEqual([90, 10]);
});

test.each(['ConditionalRequestConflict', 'PreconditionFailed', 'NoSuchKey'])(
  '%s each time: as a ledger that cannot be written',
  async (code) => {
    const { run, inputs } = setUp(ledgerBucket(), {
      's3:PutObject': () => {
        throw awsError(code);
      },
    });
    const planned = await run(90);
    expect(planned).toMatchObject({ action: 'escalate' });
    expect(planned.reason).toContain('kept changing for 35 s, and nothing could be recorded');
    expect(inputs('s3:PutObject').length).toBeGreaterThan(10);
  },
);

describe.each([
  ['s3:GetObject', 'AccessDenied', 'cannot be read'],
  ['s3:PutObject', 'InternalError', 'cannot be written'],
])('%s answers %s', (operation, code, why) => {
  const failing = () =>
    setUp(ledgerBucket(), {
      [operation]: () => {
        throw awsError(code);
      },
    });

  test('below the emergency level a person is told', async () => {
    const planned = await failing().run(90);
    expect(planned).toMatchObject({ action: 'escalate', targetSizeGiB: 0 });
    expect(planned.reason).toContain(`${KEY} ${why}: ${code}`);
  });

  test('at the emergency level it buys, and says that it was not counted', async () => {
    const planned = await failing().run(95);
    expect(planned).toMatchObject({ action: 'grow', targetSizeGiB: 30 });
    expect(planned.reason).toContain('not counted against the monthly growth limit');
  });
});

test('an object that is no ledger is none that can be read, and is not overwritten', async () => {
  const bucket = ledgerBucket({ [KEY]: 'not ours' });
  const planned = await setUp(bucket).run(90);
  expect(planned.reason).toContain('restore its previous version, or delete it');
  expect(bucket.stored.get(KEY)?.text).toBe('not ours');
});

describe('workers have bought all that is not reserved for the control plane', () => {
  const month = ledgerText(withPurchase(EMPTY_LEDGER, { ...OTHER, gib: 80, nodeGroup: 'build' }));
  beforeEach(() => {
    setBounds({ growthGiB: 100, controlPlaneGiB: 20 });
    process.env['HEADROOM_NODE_GROUP_POLICIES'] = JSON.stringify({
      general: policy,
      'control-plane': policy,
    });
  });

  test('a worker is refused, also after an approval', async () => {
    const { run, approve, entered } = setUp(ledgerBucket({ [KEY]: month }));
    const kept = expect.stringContaining('the other 20 GiB are reserved for the control plane') as string;
    expect(await run(100)).toMatchObject({ action: 'escalate', reason: kept });
    expect(await approve(30)).toMatchObject({ allowed: false, reason: kept });
    expect(entered()).toHaveLength(1);
  });

  test('a control-plane node grows, also after an approval', async () => {
    const { run, approve, entered } = setUp(ledgerBucket({ [KEY]: month }), {}, 'control-plane');
    expect(await run(97)).toMatchObject({ action: 'grow', targetSizeGiB: 30 });
    expect(await approve(30)).toMatchObject({ allowed: true });
    expect(entered().slice(1)).toEqual([{ ...own, nodeGroup: 'control-plane' }]);
  });
});

describe('a node that has reached its limit of healings', () => {
  const restUntil = '2026-11-20T12:00:00.000Z';
  const answers: Answers = {
    'ec2:DescribeInstanceStatus': () => ({ InstanceStatuses: [] }),
    'ssm:DescribeAutomationExecutions': () => ({ AutomationExecutionMetadataList: [] }),
  };
  const ask = (lane: string, action?: string, until = restUntil): Promise<object> =>
    setUp(ledgerBucket(), answers).handler({
      ...{ instanceId: INSTANCE, executionId: 'e1', lane, action, restUntil: until },
    });
  const reason = expect.stringContaining(
    'healed 24 times in 24 hours, which is the limit: now only its disk is cleaned, and no further healing starts before 2026-11-20T12:00:00.000Z',
  ) as string;
  beforeEach(() => {
    process.env['HEADROOM_HEAL_DOCUMENT_NAME'] = 'headroom-prod-HealNode';
    process.env['HEADROOM_CONTROL_PLANE_COUNT'] = '3';
  });

  test.each([
    ['aaaa', 'act', true],
    ['kaaa', 'ask', false],
    ['oaaa', 'observe', false],
  ])(
    'modes %s: it is cleaned as they say, and the answer says until when it rests',
    async (modes, decision, allowed) => {
      process.env['HEADROOM_NODE_GROUP_POLICIES'] = JSON.stringify({ general: { ...policy, modes } });
      expect(await ask('permission', 'reclaim')).toEqual({ allowed, decision, until: restUntil, reason });
    },
  );

  test.each([60, 90, 97])('cleaned to %d %%: nothing is bought, and nothing is asked of S3', async (used) => {
    const { run, operations } = setUp(ledgerBucket());
    const planned = await run(used, { restUntil });
    expect(planned).toMatchObject({
      action: 'rest',
      mode: 'act',
      until: restUntil,
      targetSizeGiB: 0,
      reason,
    });
    expect(planned.reason).toContain(`/ is at ${used} %`);
    expect(operations().filter((each) => each.startsWith('s3:'))).toEqual([]);
  });

  test.each(['0', '--', '2026-99-99T00:00:00.000Z', '2026-11-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])(
    'a rest until %s, which dispatch never says, is none',
    async (until) => {
      expect(await ask('permission', 'reclaim', until)).toMatchObject({ allowed: true, until: null });
    },
  );

  test('keeps a limit that ended while approval was pending until the end of the execution', async () => {
    const ended = new Date(NOW_MS - 60_000).toISOString();
    expect(await setUp(ledgerBucket()).run(97, { restUntil: ended })).toMatchObject({ action: 'rest' });
  });

  test('is neither grown nor rebooted out of band', async () => {
    expect(await ask('out-of-band')).toMatchObject({ action: 'rest', until: restUntil, reason });
  });
});

describe('when approval is required', () => {
  beforeEach(() => {
    process.env['HEADROOM_NODE_GROUP_POLICIES'] = JSON.stringify({ general: { ...policy, modes: 'akaa' } });
  });

  test('the question enters nothing, the approval does', async () => {
    const { run, approve, entered } = setUp(ledgerBucket());
    expect(await run()).toMatchObject({ action: 'grow', mode: 'ask', targetSizeGiB: 30 });
    expect(entered()).toEqual([]);
    expect(await approve(30)).toMatchObject({ allowed: true });
    expect(entered()).toEqual([own]);
  });

  test('the month was used up since the question: it is refused, with the line to change', async () => {
    const { approve, entered } = setUp(ledgerBucket({ [KEY]: SPENT }));
    const answer = await approve(30);
    expect(answer).toMatchObject({ allowed: false, decision: 'refused' });
    expect(answer.reason).toContain('raise healing.bounds.growthGiBPerMonth in environments/prod.yaml');
    expect(entered()).toEqual([OTHER]);
  });

  test('where the ledger is unknown the approval counts', async () => {
    const answer = await setUp(ledgerBucket({ [KEY]: 'not ours' })).approve(30);
    expect(answer).toMatchObject({ allowed: true });
    expect(answer.reason).toContain(`approved, ${NOT_COUNTED}`);
  });
});
