import { GuestCommandTimeout } from '../../../packages/local-aws/src';
import { GuestAgent } from '../../../lib/drill/vm/guest-agent';
import { NoAnswerError, type JsonObject } from '../../../lib/drill/vm/json-channel';
import { FakeAgent, type Handler } from './fake-agent';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const argumentsOf = (request: JsonObject): JsonObject => request['arguments'] as JsonObject;

let fake: FakeAgent;
let agent: GuestAgent;

/** Answers guest-sync; the rest is the test's. */
async function start(handler: Handler): Promise<void> {
  fake = await FakeAgent.listen((request, socket) =>
    request['execute'] === 'guest-sync' ? { return: argumentsOf(request)['id'] } : handler(request, socket),
  );
  agent = new GuestAgent(fake.path);
}

afterEach(async () => {
  agent.close();
  await fake.close();
});

test('hands over program, input and environment, and reads both streams and the exit code', async () => {
  let polls = 0;
  await start((request) => {
    if (request['execute'] === 'guest-exec') {
      return { return: { pid: 42 } };
    }
    const done = { exited: true, exitcode: 3, 'out-data': base64('grün'), 'err-data': base64('bad') };
    return { return: ++polls < 3 ? { exited: false } : done };
  });
  const result = await agent.exec('cat', ['-n'], { stdin: 'in', environment: { A: 'b' } });
  expect(result).toEqual({ exitCode: 3, stdout: 'grün', stderr: 'bad' });
  const exec = fake.requests.find((request) => request['execute'] === 'guest-exec');
  expect(exec?.['arguments']).toMatchObject({
    path: '/usr/bin/setsid',
    arg: ['cat', '-n'],
    'input-data': base64('in'),
    'capture-output': true,
  });
  expect((exec?.['arguments'] as { env: string[] }).env).toEqual(
    expect.arrayContaining(['A=b', 'HOME=/root']),
  );
});

test('says when output was cut off, and tells a signal as a shell does', async () => {
  await start((request) =>
    request['execute'] === 'guest-exec'
      ? { return: { pid: 1 } }
      : { return: { exited: true, signal: 9, 'out-data': base64('part'), 'out-truncated': true } },
  );
  expect(await agent.exec('x', [])).toEqual({
    exitCode: 137,
    stdout: 'part\n[cut off by the guest agent]\n',
    stderr: '',
  });
});

test('goes on asking after the connection was lost, without starting the command twice', async () => {
  let dropped = false;
  await start((request, socket) => {
    if (request['execute'] === 'guest-exec') {
      return { return: { pid: 7 } };
    }
    if (!dropped) {
      dropped = true;
      socket.destroy();
      return undefined;
    }
    return { return: { exited: true, exitcode: 0, 'out-data': base64('done') } };
  });
  expect((await agent.exec('x', [])).stdout).toBe('done');
  expect(fake.commands().filter((command) => command === 'guest-exec')).toHaveLength(1);
  expect(fake.commands().filter((command) => command === 'guest-sync')).toHaveLength(2);
});

test('a timeout kills the whole process group and is an error of its own', async () => {
  let killed = false;
  await start((request) => {
    if (request['execute'] === 'guest-exec') {
      killed ||= argumentsOf(request)['path'] === '/bin/kill';
      return { return: { pid: killed ? 100 : 99 } };
    }
    return { return: { exited: killed, signal: 9, 'out-data': base64('half') } };
  });
  const run = agent.exec('sleep', ['1000'], { timeoutSeconds: 0.1 });
  await expect(run).rejects.toThrow(GuestCommandTimeout);
  await expect(run).rejects.toThrow('sleep 1000: not finished in 0.1 s, killed; it said: half');
  const kill = fake.requests.map(argumentsOf).find((args) => args['path'] === '/bin/kill');
  expect(kill?.['arg']).toEqual(['-KILL', '--', '-99']);
});

test("the agent's own refusal is told with its words", async () => {
  await start(() => ({ error: { class: 'GenericError', desc: 'Failed to execute child process "nope"' } }));
  await expect(agent.exec('nope', [])).rejects.toThrow('Failed to execute child process "nope"');
});

test('is not ready before somebody answers', async () => {
  fake = await FakeAgent.listen(() => undefined);
  agent = new GuestAgent(fake.path);
  await expect(agent.waitUntilReady(0.1)).rejects.toThrow(NoAnswerError);
  await fake.close();
  await expect(agent.waitUntilReady(0.1)).rejects.toThrow(NoAnswerError);
});
