import { NoAnswerError } from '../../../lib/drill/vm/json-channel';
import { Qmp, shellQuote } from '../../../lib/drill/vm/qmp';
import { FakeAgent, type Handler } from './fake-agent';

const GREETING = '{"QMP": {"version": {}, "capabilities": []}}\r\n';
let fake: FakeAgent;
let qmp: Qmp;

async function start(handler: Handler): Promise<void> {
  fake = await FakeAgent.listen(
    (request, socket) =>
      request['execute'] === 'qmp_capabilities' ? { return: {} } : handler(request, socket),
    GREETING,
  );
  qmp = await Qmp.connect(fake.path);
}

afterEach(async () => {
  qmp.close();
  await fake.close();
});

test('answers find their requests, whatever their order and whatever events come between', async () => {
  const held: { id: unknown }[] = [];
  await start((request, socket) => {
    held.push({ id: request['id'] });
    if (held.length === 2) {
      const answer = (index: number): string => `${JSON.stringify({ return: index, id: held[index]?.id })}\n`;
      socket.write(`{"event":"STOP","timestamp":{}}\n${answer(1)}${answer(0)}`);
    }
    return undefined;
  });
  expect(await Promise.all([qmp.execute('first'), qmp.execute('second')])).toEqual([0, 1]);
});

test('resizes a node by its name, in bytes', async () => {
  await start(() => ({ return: {} }));
  await qmp.blockResize('root-disk', 1024);
  expect(fake.requests.at(-1)).toMatchObject({
    execute: 'block_resize',
    arguments: { 'node-name': 'root-disk', size: 1024 },
  });
});

test('saves a state only after the machine stopped, and waits for its end', async () => {
  let polls = 0;
  await start((request) =>
    request['execute'] === 'query-migrate'
      ? { return: { status: ++polls < 2 ? 'active' : 'completed' } }
      : { return: {} },
  );
  await qmp.saveStateTo("/a dir/it's");
  expect(fake.commands()).toEqual([
    ...['qmp_capabilities', 'stop', 'migrate-set-parameters', 'migrate', 'query-migrate', 'query-migrate'],
  ]);
  expect(fake.requests[3]?.['arguments']).toEqual({ uri: `exec:cat > '/a dir/it'\\''s'` });
});

test('a failed save is an error', async () => {
  await start((request) =>
    request['execute'] === 'query-migrate'
      ? { return: { status: 'failed', 'error-desc': 'full' } }
      : { return: {} },
  );
  await expect(qmp.saveStateTo('/x')).rejects.toThrow(/failed.*full/);
});

test('lets a machine run only when its state is loaded', async () => {
  let polls = 0;
  await start((request) => ({
    return: request['execute'] === 'query-status' ? { status: ++polls < 3 ? 'inmigrate' : 'paused' } : {},
  }));
  await qmp.resumeLoadedState();
  expect(fake.commands().slice(1)).toEqual(['query-status', 'query-status', 'query-status', 'cont']);
});

test('a lost connection fails what is under way, and all that follows', async () => {
  await start((_, socket) => void socket.destroy());
  await expect(qmp.execute('stop')).rejects.toThrow(NoAnswerError);
  await expect(qmp.execute('cont')).rejects.toThrow('closed');
});

test('a word is quoted for the shell', () => {
  expect(shellQuote("it's $HOME")).toBe(`'it'\\''s $HOME'`);
});
