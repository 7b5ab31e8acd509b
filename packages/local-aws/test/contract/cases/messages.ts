import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import type { ContractCase, World } from '../support/world';

const publish =
  (more: object = {}) =>
  ({ clients, topicArn }: World): Promise<unknown> =>
    clients.sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: 'healed',
        Message: 'words',
        MessageAttributes: { verdict: { DataType: 'String', StringValue: 'healed' } },
        ...more,
      }),
    );

const send =
  (more: Partial<SendMessageCommandInput> = {}) =>
  ({ clients, queueUrl }: World): Promise<unknown> =>
    clients.sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: 'one',
        MessageGroupId: 'g',
        MessageDeduplicationId: 'd',
        ...more,
      }),
    );

const put =
  (more: object = {}) =>
  ({ clients, busName }: World): Promise<unknown> =>
    clients.events.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: busName,
            Source: 'shop',
            DetailType: 'Shop Notification',
            Detail: '{"version":1}',
            ...more,
          },
        ],
      }),
    );

const MESSAGE_ID = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
const answered = { answers: () => ({ MessageId: MESSAGE_ID }) };

export const MESSAGE_CASES: readonly ContractCase[] = [
  {
    operation: 'sns:Publish',
    name: 'a message with subject and attributes',
    call: publish(),
    expect: answered,
  },
  {
    operation: 'sns:Publish',
    name: 'a topic that is not there',
    call: (world) => publish({ TopicArn: `${world.topicArn}-other` })(world),
    expect: { fails: 'NotFoundException' },
  },
  {
    operation: 'sns:Publish',
    name: 'a subject of 101 characters',
    call: publish({ Subject: 's'.repeat(101) }),
    expect: { fails: 'InvalidParameterException' },
  },
  {
    operation: 'sns:Publish',
    name: 'a message of more than 256 KiB',
    call: publish({ Message: 'm'.repeat(262_145) }),
    expect: { fails: 'InvalidParameterException' },
  },
  {
    operation: 'sns:Publish',
    name: 'a subject of two lines',
    call: publish({ Subject: 'two\nlines' }),
    expect: { fails: 'InvalidParameterException' },
    moto: { does: answered, why: 'Publish documents that a subject must not include line breaks' },
  },
  {
    operation: 'sqs:SendMessage',
    name: 'a message to a FIFO queue: id, sequence number, digest',
    call: send(),
    expect: {
      answers: () => ({
        MessageId: MESSAGE_ID,
        SequenceNumber: expect.stringMatching(/^\d{20}$/) as string,
        MD5OfMessageBody: 'f97c5d29941bfb1b2fdab0874906ab82',
      }),
    },
  },
  {
    operation: 'sqs:SendMessage',
    name: 'the same deduplication id again is accepted, and not delivered',
    arrange: send(),
    call: async (world) => {
      await send({ MessageBody: 'two' })(world);
      return { received: await world.received() };
    },
    expect: { answers: () => ({ received: ['one'] }) },
  },
  ...(
    [
      ['no message group', { MessageGroupId: undefined }, 'MissingParameter'],
      ['no deduplication id', { MessageDeduplicationId: undefined }, 'InvalidParameterValue'],
      ['a delay of its own', { DelaySeconds: 5 }, 'InvalidParameterValue'],
      ['a body of more than 1 MiB', { MessageBody: 'm'.repeat(1_048_577) }, 'InvalidParameterValue'],
    ] as const
  ).map(([name, more, code]): ContractCase => ({
    operation: 'sqs:SendMessage',
    name: `${name}, to a FIFO queue`,
    call: send(more),
    expect: { fails: code },
  })),
  {
    operation: 'sqs:SendMessage',
    name: 'a message group with a space',
    call: send({ MessageGroupId: 'a b' }),
    expect: { fails: 'InvalidParameterValue' },
    moto: {
      does: answered,
      why: 'SendMessage documents MessageGroupId as alphanumeric characters and punctuation',
    },
  },
  {
    operation: 'sqs:ChangeMessageVisibility',
    name: 'a receipt handle of no message',
    call: ({ clients, queueUrl }) =>
      clients.sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: 'none',
          VisibilityTimeout: 60,
        }),
      ),
    expect: { fails: 'ReceiptHandleIsInvalid' },
  },
  {
    operation: 'sqs:SendMessage',
    name: 'a queue that is not there',
    call: (world) => send({ QueueUrl: `${world.queueUrl}-other` })(world),
    expect: { fails: 'QueueDoesNotExist' },
  },
  {
    operation: 'events:PutEvents',
    name: 'an event: an id, and none that failed',
    call: put(),
    expect: { answers: () => ({ FailedEntryCount: 0, Entries: [{ EventId: MESSAGE_ID }] }) },
  },
  ...(
    [
      ['a detail that is no JSON', { Detail: '{' }, 'MalformedDetail'],
      ['no source', { Source: undefined }, 'InvalidArgument'],
    ] as const
  ).map(([name, more, ErrorCode]): ContractCase => ({
    operation: 'events:PutEvents',
    name: `${name}: the call succeeds, and its entry failed`,
    call: put(more),
    expect: {
      answers: () => ({
        FailedEntryCount: 1,
        Entries: [{ ErrorCode, ErrorMessage: expect.any(String) as string }],
      }),
    },
  })),
];
