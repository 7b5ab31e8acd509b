import fc from 'fast-check';
import { createHandler } from '../../lambda/dispatch/handler';
import { isInstanceId } from '../../lib/domain/names/instance-id';
import contributor from '../domain/events/alarm-contributor.json';
import single from '../domain/events/single-metric-alarm.json';
import { rendered } from '../runbooks/every-document';
import { awsError, fakeSdk, recordingLog } from '../lambda/fake-sdk';
import { setBounds } from '../lambda/ledger-bucket';
import { HOSTILE_TEXTS, HUGE, WRONG_TYPES, named, spoilt } from './values';

const DLQ = 'https://sqs/headroom-prod-heal-dlq.fifo';
const clock = { now: () => 0, sleep: () => Promise.resolve() };

interface Start {
  readonly Parameters: Record<string, string[]>;
}
interface Sent {
  readonly QueueUrl: string;
  readonly MessageBody: string;
}

beforeEach(() => {
  process.env['HEADROOM_ENVIRONMENT'] = 'prod';
  process.env['HEADROOM_HEAL_DOCUMENT_NAME'] = 'headroom-prod-HealNode';
  process.env['HEADROOM_HEAL_QUEUE_URL'] = 'https://sqs/headroom-prod-heal.fifo';
  process.env['HEADROOM_WATCHED_GROUPS'] = '[]';
  setBounds();
  process.env['HEADROOM_DEAD_LETTER_QUEUE_URL'] = DLQ;
});

const setUp = (deadLetters: () => unknown = () => ({})) => {
  const sdk = fakeSdk(['ssm', 'ec2', 'sqs'], {
    'ssm:DescribeAutomationExecutions': () => ({ AutomationExecutionMetadataList: [] }),
    'ssm:GetParameter': () => ({ Parameter: { Value: 'none' } }),
    'ssm:StartAutomationExecution': () => ({ AutomationExecutionId: 'e' }),
    'ec2:DescribeInstances': () => ({
      Reservations: [
        {
          Instances: [{ State: { Name: 'running' }, Tags: [{ Key: 'headroom:environment', Value: 'prod' }] }],
        },
      ],
    }),
    'sqs:ChangeMessageVisibility': () => ({}),
    'sqs:SendMessage': deadLetters,
  });
  const { log, lines } = recordingLog();
  const handler = createHandler(sdk.clients, { clock, log });
  const deliver = (body: string) =>
    handler({ Records: [{ messageId: 'm1', body, attributes: { MessageGroupId: 'general' } }] });
  return {
    ...{ handler, deliver, lines, operations: sdk.operations },
    starts: () => sdk.inputs<Start>('ssm:StartAutomationExecution'),
    dead: () => sdk.inputs<Sent>('sqs:SendMessage'),
  };
};

const withInstance = (InstanceId: unknown): string => {
  const event = structuredClone(contributor) as { detail: { alarmContributor: { attributes: object } } };
  event.detail.alarmContributor.attributes = { InstanceId };
  return JSON.stringify(event);
};

const UNREADABLE: readonly string[] = [
  ...HOSTILE_TEXTS.filter((text) => text !== ''),
  ...WRONG_TYPES.map((value) => JSON.stringify(value)),
  JSON.stringify(single).slice(0, 400),
  `${JSON.stringify(single)}}`,
  `\ufeff${JSON.stringify(single)}`,
  '[['.repeat(50_000),
  `{"detail":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  '{"source":"aws.cloudwatch","detail-type":"CloudWatch Alarm State Change"}',
  JSON.stringify({ ...single, source: 'evil.cloudwatch' }),
  JSON.stringify({ ...single, detail: { ...single.detail, alarmName: HUGE } }),
  ...HOSTILE_TEXTS.map(withInstance),
  ...WRONG_TYPES.filter((value) => value !== null).map(withInstance),
];

describe('an unreadable message', () => {
  test.each(named(UNREADABLE))(
    '%s: nothing runs, the dead-letter queue has it whole, the log says why',
    async (_, body) => {
      const { deliver, operations, dead, lines } = setUp();
      expect(await deliver(body)).toEqual({ batchItemFailures: [] });
      expect(operations()).toEqual(['sqs:SendMessage']);
      expect(dead()).toMatchObject([{ QueueUrl: DLQ, MessageBody: body, MessageDeduplicationId: 'm1' }]);
      const [line] = lines;
      expect(line).toMatchObject({ level: 'error', fields: { messageId: 'm1' } });
      expect(String(line?.fields['why'])).toMatch(/^.{10,500}$/s);
    },
  );

  test('goes back to its queue when the dead-letter queue does not take it', async () => {
    const { deliver } = setUp(() => {
      throw awsError('ThrottlingException');
    });
    expect(await deliver('?')).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
  });

  test('holds up no other of its batch', async () => {
    const { handler, starts, dead } = setUp();
    const record = (messageId: string, body: string) => ({
      ...{ messageId, body },
      attributes: { MessageGroupId: 'general' },
    });
    await handler({
      Records: [record('m1', HUGE), record('m2', JSON.stringify(contributor)), record('m3', '{')],
    });
    expect(starts()).toHaveLength(1);
    expect(dead().map(({ MessageBody }) => MessageBody)).toEqual([HUGE, '{']);
  });
});

test('a good event with one place spoilt: started for a true id with values that HealNode takes, told why not, or kept whole', async () => {
  const { parameters } = rendered('HealNode');
  await fc.assert(
    fc.asyncProperty(fc.oneof(spoilt(single), spoilt(contributor)), async (event) => {
      const body = JSON.stringify(event);
      const { deliver, starts, dead, lines } = setUp();
      expect(await deliver(body)).toEqual({ batchItemFailures: [] });
      const ignored = lines.filter(({ message }) => message === 'ignored');
      expect(starts().length + dead().length + ignored.length).toBe(1);
      for (const { MessageBody } of dead()) expect(MessageBody).toBe(body);
      for (const { Parameters } of starts()) {
        expect(isInstanceId(Parameters['InstanceId']?.[0])).toBe(true);
        for (const [name, [value]] of Object.entries(Parameters))
          expect(value).toMatch(new RegExp(parameters[name]?.allowedPattern ?? '$^'));
      }
    }),
    { numRuns: 500 },
  );
});

test.each(
  named([
    undefined,
    null,
    'x',
    7,
    {},
    { Records: null },
    { Records: [{}] },
    { Records: [null] },
    { Records: [{ body: 7 }] },
  ]),
)('a call by hand with %s is refused, not taken for an empty batch', async (_, event) => {
  const { handler, operations } = setUp();
  await expect(handler(event)).rejects.toThrow(/event must be an SQS batch .* got .{1,150}$/);
  expect(operations()).toEqual([]);
});
