import { pauseEnd } from '../../lib/console/pause/pause-end';
import { pauseHealing, resumeHealing, type PauseWorld } from '../../lib/console/pause/pause-healing';
import { pauseClient } from '../../lib/console/pause/pause.client';
import { pauseOf, readPauses } from '../../lib/domain/pause/pause';
import { awsError, fakeSdk, type Answers } from '../lambda/fake-sdk';

const NOW_MS = Date.UTC(2026, 10, 29, 20);
const HOUR_MS = 3_600_000;
const TARGET = { environmentName: 'prod', account: '111122223333', region: 'eu-central-1' };

const setUp = (answers: Answers = {}, account = TARGET.account) => {
  let value = 'none';
  const sdk = fakeSdk(['ssm', 'sns'], {
    'ssm:GetParameter': () => ({ Parameter: { Value: value } }),
    'ssm:PutParameter': ({ Value }: { Value: string }) => {
      value = Value;
      return {};
    },
    'ssm:SendCommand': () => ({}),
    'sns:Publish': () => ({}),
    ...answers,
  });
  const said: string[] = [];
  const world: PauseWorld = {
    client: pauseClient(sdk.clients),
    caller: () => Promise.resolve({ account, arn: `arn:aws:iam::${account}:user/ana` }),
    ...{ nowMs: NOW_MS, nodeGroups: ['control-plane', 'general'], say: (line) => said.push(line) },
  };
  const pauses = () => {
    const reading = readPauses(value);
    return reading.ok ? reading.pauses : undefined;
  };
  const guards = () =>
    sdk
      .inputs<{ Targets: { Values: string[] }[]; Parameters: { UntilEpochSeconds: string[] } }>(
        'ssm:SendCommand',
      )
      .map(({ Targets, Parameters }) => [Targets[1]?.Values[0], Number(Parameters.UntilEpochSeconds[0])]);
  return { ...sdk, said, world, pauses, guards, put: (text: string) => (value = text) };
};
const wish = { nodeGroup: null, untilMs: NOW_MS + 2 * HOUR_MS, why: 'etcd is restored' };

describe('--until', () => {
  test.each([
    ['90m', 1.5],
    ['2h', 2],
    ['30d', 720],
    ['2026-11-29T22:00:00Z', 2],
    ['2026-11-30T07:00+09:00', 2],
  ])('takes %s', (until, hours) => expect(pauseEnd(until, NOW_MS)).toBe(NOW_MS + hours * HOUR_MS));

  test.each([
    ['31d', /at most 30 days/],
    ['2026-11-29T19:59:00Z', /in the future/],
    ['2026-11-29T22:00:00', /needs a time zone.*Write 2026-11-29T22:00:00Z for UTC/],
    ['2026-13-29T22:00:00Z', /neither a duration nor a time/],
    ['tomorrow', /neither/],
    ['0h', /must be at least 1m, got "0h"/],
    ['1w', /units m \(minutes\), h \(hours\) and d \(days\), got "1w"/],
    ['9999999m', /units m/],
    ['', /neither/],
  ])('refuses %j', (until, why) => expect(() => pauseEnd(until, NOW_MS)).toThrow(why));
});

test('writes the parameter first, then notifies the guards of each group, then operators', async () => {
  const { world, operations, pauses, guards, said, inputs } = setUp();
  await expect(pauseHealing(TARGET, wish, world)).resolves.toMatchObject({ end: 'done' });
  expect(operations()).toEqual([
    ...['ssm:GetParameter', 'ssm:PutParameter', 'ssm:SendCommand', 'ssm:SendCommand', 'sns:Publish'],
  ]);
  expect(pauseOf(pauses() ?? [], 'general', NOW_MS)).toMatchObject({ why: wish.why, nodeGroup: null });
  const until = (NOW_MS + 2 * HOUR_MS) / 1_000;
  expect(guards()).toEqual([
    ['control-plane', until],
    ['general', until],
  ]);
  expect(said.join('\n')).toMatch(
    /every node group is paused until 2026-11-29T22:00:00.000Z by arn:.*: etcd/,
  );
  expect(inputs('sns:Publish')).toMatchObject([
    {
      TopicArn: 'arn:aws:sns:eu-central-1:111122223333:headroom-prod-people',
      Subject: '[prod] Headroom: paused',
    },
  ]);
});

test('keeps a resumed group paused with its environment, and notifies its guards', async () => {
  const { world, guards, said, pauses } = setUp();
  await pauseHealing(TARGET, { ...wish, nodeGroup: 'general', untilMs: NOW_MS + 5 * HOUR_MS }, world);
  await pauseHealing(TARGET, wish, world);
  await resumeHealing(TARGET, 'general', world);
  expect(guards().at(-1)).toEqual(['general', (NOW_MS + 2 * HOUR_MS) / 1_000]);
  expect(said.at(-1)).toContain('but healing of every node group is paused until');
  await resumeHealing(TARGET, null, world);
  expect(pauses()).toEqual([]);
  expect(guards().slice(-2)).toEqual([
    ['control-plane', 0],
    ['general', 0],
  ]);
});

test('reports who was not notified of a pause that is in effect', async () => {
  const { world, pauses, said } = setUp({
    'ssm:SendCommand': () => {
      throw awsError('AccessDeniedException');
    },
  });
  await expect(pauseHealing(TARGET, wish, world)).resolves.toMatchObject({ end: 'partly' });
  expect(pauses()).toHaveLength(1);
  expect(said.join('\n')).toMatch(/Not notified: the guards of general \(ssm:SendCommand\): AccessDenied/);
});

test.each<[string, Partial<typeof wish>, Answers, string, RegExp]>([
  ['another account', {}, {}, '999988887777', /account 999988887777/],
  ['an unknown group', { nodeGroup: 'nope' as never }, {}, TARGET.account, /no node group "nope"/],
  ['a reason of two lines', { why: 'a\nb' }, {}, TARGET.account, /--why must be one line/],
  ['a reason that is blank', { why: ' \u3000 ' }, {}, TARGET.account, /--why must be one line/],
  [
    'a group with two letters swapped',
    { nodeGroup: 'genreal' as never },
    {},
    TARGET.account,
    /mean general\?/,
  ],
  [
    'no such stack',
    {},
    {
      'ssm:GetParameter': () => {
        throw awsError('ParameterNotFound');
      },
    },
    TARGET.account,
    /deploy it first/,
  ],
])('changes nothing: %s', async (_, more, answers, account, why) => {
  const { world, operations } = setUp(answers, account);
  await expect(pauseHealing(TARGET, { ...wish, ...more }, world)).rejects.toThrow(why);
  expect(operations()).not.toContain('ssm:PutParameter');
});

test('reports a wrong option before any call', async () => {
  const { world, operations } = setUp();
  const caller = jest.fn(world.caller);
  await expect(pauseHealing(TARGET, { ...wish, why: '' }, { ...world, caller })).rejects.toThrow(
    /--why must/,
  );
  expect(caller).not.toHaveBeenCalled();
  expect(operations()).toEqual([]);
});

describe('resume with nothing of its scope paused', () => {
  test('writes nothing and sends no message, but notifies the guards again', async () => {
    const { world, operations, guards, said } = setUp();
    await expect(resumeHealing(TARGET, null, world)).resolves.toMatchObject({ end: 'done' });
    expect(operations()).toEqual(['ssm:GetParameter', 'ssm:SendCommand', 'ssm:SendCommand']);
    expect(guards()).toEqual([
      ['control-plane', 0],
      ['general', 0],
    ]);
    expect(said).toEqual(['Nothing was paused. The guards are notified again, and no message is sent.']);
  });

  test('ends as partly where the group is still paused with its environment', async () => {
    const { world, inputs, guards, said, pauses } = setUp();
    await pauseHealing(TARGET, wish, world);
    await expect(resumeHealing(TARGET, 'general', world)).resolves.toMatchObject({ end: 'partly' });
    expect(inputs('sns:Publish')).toHaveLength(1);
    expect(guards().at(-1)).toEqual(['general', (NOW_MS + 2 * HOUR_MS) / 1_000]);
    expect(said.at(-1)).toMatch(
      /^general was not paused by itself, but healing of every node group is paused/,
    );
    expect(pauses()).toHaveLength(1);
  });

  test('replaces a value that cannot be read', async () => {
    const { world, put, pauses, inputs } = setUp();
    put('{"schema":7}');
    await expect(resumeHealing(TARGET, null, world)).resolves.toMatchObject({ end: 'done' });
    expect(pauses()).toEqual([]);
    expect(inputs('sns:Publish')).toHaveLength(1);
  });
});

test('replaces a value that cannot be read, and says so', async () => {
  const { world, put, said, pauses } = setUp();
  put('{"schema":7}');
  await pauseHealing(TARGET, wish, world);
  expect(said[0]).toMatch(/cannot be read and paused nothing/);
  expect(pauses()).toHaveLength(1);
});
