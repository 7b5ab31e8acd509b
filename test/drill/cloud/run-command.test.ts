import { combinedOutput, SsmAgent } from '../../../lib/drill/cloud/run-command';
import { documentParameters } from '../../../lib/drill/cloud/documents';
import { GuestCommandTimeout, type DrillNode, type GuestCommandResult } from '../../../lib/drill/drill-node';
import { document, PLACE } from './support/resources';

interface Call {
  readonly program: string;
  readonly args: readonly string[];
  readonly stdin?: unknown;
  readonly environment?: unknown;
  readonly timeoutSeconds?: number;
}

/** `answers` by what the call is for. */
function nodeWith(answers: { stage?: GuestCommandResult; run?: GuestCommandResult | Error }) {
  const calls: Call[] = [];
  const good = { exitCode: 0, stdout: '', stderr: '' };
  const exec: DrillNode['exec'] = (program, args, options = {}) => {
    calls.push({ program, args, ...options });
    if (program === '/bin/rm') return Promise.resolve(good);
    if (options.stdin !== undefined) return Promise.resolve(answers.stage ?? good);
    return answers.run instanceof Error ? Promise.reject(answers.run) : Promise.resolve(answers.run ?? good);
  };
  return { calls, node: { exec } as DrillNode };
}

const content = (more = {}) => ({
  schemaVersion: '2.2',
  parameters: {
    Percent: { type: 'String', default: '75', allowedPattern: '^[0-9]+$', interpolationType: 'ENV_VAR' },
    Raw: { type: 'String', default: 'x', allowedPattern: '^[a-z]+$' },
  },
  mainSteps: [
    {
      ...{ action: 'aws:runShellScript', name: 'reclaim' },
      ...{ precondition: { StringEquals: ['platformType', 'Linux'] } },
      inputs: {
        timeoutSeconds: '30',
        runCommand: ['#!/usr/bin/env bash', 'export P={{ Percent }}', 'echo {{Raw}}'],
      },
    },
  ],
  ...more,
});

async function run(answers: Parameters<typeof nodeWith>[0], given: object = {}, body = content()) {
  const command = document('Reclaim', 'Command', body);
  const parameters = documentParameters(command, given);
  if ('wrong' in parameters) throw new Error(parameters.wrong.join());
  const { node, calls } = nodeWith(answers);
  const agent = new SsmAgent({ node, instanceId: 'i-1', place: PLACE });
  const [result] = await agent.run('c-1', command, parameters.values);
  return { result, calls };
}

test('stages the script where the agent does, runs it, removes it', async () => {
  const { result, calls } = await run(
    { run: { exitCode: 0, stdout: '{"ok":true}\n', stderr: 'freed\n' } },
    { Percent: ['60'] },
  );
  const path = '/var/lib/amazon/ssm/i-1/document/orchestration/c-1/reclaim/_script.sh';
  expect(calls[0]).toMatchObject({ stdin: '#!/usr/bin/env bash\nexport P=$SSM_Percent\necho x\n' });
  expect(calls[0]?.args.at(-1)).toBe(path);
  expect(calls[1]).toMatchObject({
    program: '/bin/sh',
    args: ['-c', path],
    timeoutSeconds: 30,
    environment: { SSM_Percent: '60' },
  });
  expect(calls[2]).toMatchObject({ program: '/bin/rm' });
  expect(result).toMatchObject({ status: 'Success', responseCode: 0 });
  expect(combinedOutput(result ?? { stdout: '', stderr: '' })).toBe(
    '{"ok":true}\n\n----------ERROR-------\nfreed\n',
  );
});

test('on a full disk the command fails before its first line', async () => {
  const stage = {
    exitCode: 2,
    stdout: '',
    stderr: 'mkdir: cannot create directory: No space left on device',
  };
  const { result, calls } = await run({ stage });
  expect(result).toMatchObject({
    status: 'Failed',
    stderr: expect.stringContaining('No space left on device') as string,
  });
  expect(calls.map(({ program }) => program)).toEqual(['/bin/sh', '/bin/rm']);
});

test('an exit code that is not 0 fails it and is said', async () => {
  const { result } = await run({ run: { exitCode: 3, stdout: '{"ok":false}', stderr: '' } });
  expect(result).toMatchObject({
    status: 'Failed',
    responseCode: 3,
    stderr: 'failed to run commands: exit status 3',
  });
});

test('a timeout is TimedOut', async () => {
  const { result } = await run({ run: new GuestCommandTimeout('too long') });
  expect(result).toMatchObject({ status: 'TimedOut' });
});

test('Automation sees 2,500 characters', async () => {
  const { result } = await run({ run: { exitCode: 0, stdout: 'x'.repeat(30_000), stderr: '' } });
  expect(result?.stdout).toHaveLength(24_000);
  expect(combinedOutput(result ?? { stdout: '', stderr: '' })).toHaveLength(2_500);
});

test.each([[['75; reboot']], [['$(reboot)']], [['']], [['1', '2']]])(
  'the parameter %j never reaches the node',
  async (value) => {
    await expect(run({}, { Percent: value })).rejects.toThrow(/Percent/);
  },
);

test('an unknown action names the document and the step', async () => {
  const body = content({ mainSteps: [{ action: 'aws:runPowerShellScript', name: 'p', inputs: {} }] });
  await expect(run({}, {}, body)).rejects.toThrow(
    'document Reclaim p: unknown action aws:runPowerShellScript',
  );
});
