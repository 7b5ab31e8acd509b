import { MessageQueue } from '../src/queues/message-queue';

const START = new Date('2026-11-20T04:00:00Z');
const after = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);

const settings = (name: string, more = {}) => ({
  name,
  url: `https://${name}`,
  arn: `arn:${name}`,
  fifo: true,
  contentBasedDeduplication: false,
  visibilityTimeoutSeconds: 60,
  ...more,
});

const pair = () => {
  const dead = new MessageQueue(settings('dead.fifo'), () => undefined);
  const redrive = { deadLetterArn: 'arn:dead.fifo', maxReceiveCount: 2 };
  return { dead, queue: new MessageQueue(settings('heal.fifo', { redrive }), () => dead) };
};

const send = (queue: MessageQueue, body: string, groupId = 'a', at = START) =>
  queue.send(body, at, { groupId, deduplicationId: body });

const bodies = (queue: MessageQueue, at: Date, limit = 10) =>
  queue.receive(limit, at).map(({ body }) => body);

test('a group with a message in flight gives none, other groups do', () => {
  const { queue } = pair();
  send(queue, '1');
  expect(bodies(queue, START)).toEqual(['1']);
  send(queue, '2');
  send(queue, '3', 'b');
  expect(bodies(queue, after(1))).toEqual(['3']);
  queue.remove(queue.messages[0]?.messageId ?? '');
  expect(bodies(queue, after(2))).toEqual(['2']);
});

test('a message comes back after its visibility timeout, in order, and dies after its last receive', () => {
  const { queue, dead } = pair();
  send(queue, '1');
  expect(bodies(queue, START)).toEqual(['1']);
  expect(bodies(queue, after(59))).toEqual([]);
  send(queue, '2');
  expect(bodies(queue, after(60))).toEqual(['1', '2']);
  expect(bodies(queue, after(120))).toEqual(['2']);
  expect(dead.messages.map(({ body }) => body)).toEqual(['1']);
});

test('a message in flight is shown again when its consumer says so, and its group with it', () => {
  const { queue } = pair();
  send(queue, '1');
  send(queue, '2');
  expect(bodies(queue, START)).toEqual(['1', '2']);
  const [first, second] = queue.messages.map(({ receiptHandle = '' }) => receiptHandle);
  queue.changeVisibility(first ?? '', 10, after(1));
  expect(bodies(queue, after(11))).toEqual([]);
  queue.changeVisibility(second ?? '', 10, after(2));
  expect(bodies(queue, after(12))).toEqual(['1', '2']);
});

test('neither an unknown handle nor a message that is visible can be hidden', () => {
  const { queue } = pair();
  const named = (name: string) => expect.objectContaining({ name }) as Error;
  expect(() => queue.changeVisibility('none', 10, START)).toThrow(named('ReceiptHandleIsInvalid'));
  send(queue, '1');
  expect(bodies(queue, START)).toEqual(['1']);
  const handle = queue.messages[0]?.receiptHandle ?? '';
  expect(() => queue.changeVisibility(handle, 10, after(60))).toThrow(named('MessageNotInflight'));
});

test.each([
  [299, true],
  [300, false],
])('after %d seconds the same deduplication id is a duplicate: %s', (seconds, duplicate) => {
  const { queue } = pair();
  send(queue, '1');
  expect(send(queue, '1', 'a', after(seconds)).duplicate).toBe(duplicate);
});

test('FIFO asks for a group and, without content-based deduplication, an id', () => {
  const { queue } = pair();
  const named = (name: string) => expect.objectContaining({ name }) as Error;
  expect(() => queue.send('1', START)).toThrow(named('MissingParameter'));
  expect(() => queue.send('1', START, { groupId: 'a' })).toThrow(named('InvalidParameterValue'));
});
