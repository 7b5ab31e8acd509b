import { agentFate } from '../src/agent/agent-disk';
import { combinedOutput, SsmAgent } from '../src/agent/run-command';
import { documentParameters } from '../src/automation/documents';
import { GuestCommandTimeout, type Machine, type GuestCommandResult } from '../src/fleet/machine';
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
  const exec: Machine['exec'] = (program, args, options = {}) => {
    calls.push({ program, args, ...options });
    if (options.stdin !== undefined) return Promise.resolve(answers.stage ?? good);
    return answers.run instanceof Error ? Promise.reject(answers.run) : Promise.resolve(answers.run ?? good);
  };
  return { calls, node: { exec } as Machine };
}

const content = (more = {}) => ({
  schemaVersion: '2.2',
  parameters: {
    Percent: { type: 'String', default: '75', allowedPattern: '^[0-9]+$', interpolationType: 'ENV_VAR' },
    Raw: { type: 'String', default: 'x', allowedPattern: '^[a-z]+$' },
  },
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'reclaim',
      precondition: { StringEquals: ['platformType', 'Linux'] },
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
  const slept: number[] = [];
  const sleep = (seconds: number) => Promise.resolve(void slept.push(seconds));
  const agent = new SsmAgent({ machine: node, instanceId: 'i-1', place: PLACE, sleep });
  const results = await agent.run('c-1', command, parameters.values);
  return { result: results[0], results, calls, slept };
}

test('stages the script where the agent does, and runs it as its unit does', async () => {
  const { result, calls } = await run(
    { run: { exitCode: 0, stdout: '{"ok":true}\n', stderr: 'freed\n' } },
    { Percent: ['60'] },
  );
  const path = '/var/lib/amazon/ssm/i-1/document/orchestration/c-1/reclaim/_script.sh';
  expect(calls[0]).toMatchObject({ stdin: '#!/usr/bin/env bash\nexport P=$SSM_Percent\necho x\n' });
  expect(calls[0]?.args.at(-1)).toBe(path);
  expect(calls[1]).toMatchObject({
    program: '/usr/bin/env',
    args: ['--unset=HOME', '--chdir=/usr/bin', 'sh', '-c', path],
    timeoutSeconds: 30,
    environment: { SSM_Percent: '60', SSM_COMMAND_ID: 'c-1' },
  });
  expect(Object.keys(calls[1]?.environment ?? {}).filter((name) => !/^(AWS_)?SSM_/.test(name))).toEqual([
    'PATH',
    'LANG',
  ]);
  expect(calls).toHaveLength(2);
  expect(result).toMatchObject({ status: 'Success', responseCode: 0 });
  expect(combinedOutput(result ?? { stdout: '', stderr: '' })).toBe(
    '{"ok":true}\n\n----------ERROR-------\nfreed\n',
  );
});

const KIB = 1024;
const SILENT = { status: 'Failed', responseCode: 1, stdout: '', stderr: '', output: '' };
const LOST = (reason: string) => ({
  status: 'Failed',
  responseCode: 1,
  stdout: '',
  stderr: '',
  output: expect.stringContaining(`document process failed unexpectedly: ${reason} ,`) as string,
});
const RAN = { status: 'Success', stdout: 'ran', stderr: '', output: 'ran' };

test.each([
  ['ext2/ext3', 0, 9000, SILENT, false],
  ['ext2/ext3', 72, 9000, SILENT, false],
  ['ext2/ext3', 80, 9000, LOST('process not found'), false],
  ['ext2/ext3', 84, 9000, LOST('process not found'), false],
  ['ext2/ext3', 88, 9000, LOST('ipc messaging received timeout signal'), true],
  ['ext2/ext3', 96, 9000, LOST('ipc messaging received timeout signal'), true],
  ['ext2/ext3', 100, 9000, RAN, true],
  ['ext2/ext3', 1 << 20, 0, SILENT, false],
  // A full xfs has room for no further inodes either, and an xfs with room makes them.
  ['xfs', 1 << 20, 0, RAN, true],
] as const)('%s with %d KiB and %d inodes free', async (type, freeKiB, inodes, expected, runs) => {
  const body = content();
  body.mainSteps[0]!.inputs.runCommand = ['#'.repeat(20 * KIB - 1)];
  const stage = { exitCode: 0, stdout: `${freeKiB / 4} 4096 ${inodes} ${type}\n`, stderr: '' };
  const { result, calls, slept } = await run(
    { stage, run: { exitCode: 0, stdout: 'ran', stderr: '' } },
    {},
    body,
  );
  expect({ ...result, output: combinedOutput(result!) }).toMatchObject(expected);
  expect(calls).toHaveLength(runs ? 2 : 1);
  expect(slept).toEqual(runs && expected !== RAN ? [63] : []);
});

test('a script of 48 KiB needs 200 KiB', () => {
  expect(agentFate(200 * KIB, 9, 48 * KIB)).toBe('works');
  expect(agentFate(196 * KIB, 9, 48 * KIB)).not.toBe('works');
});

test('what the agent cannot write has no reason in its answer', async () => {
  const stage = { exitCode: 2, stdout: '', stderr: 'cat: write error' };
  const { result, calls } = await run({ stage });
  expect({ ...result, output: combinedOutput(result!) }).toMatchObject(SILENT);
  expect(calls).toHaveLength(1);
});

test.each([
  [0, 'Success', 'out', ''],
  [3, 'Failed', 'out', 'failed to run commands: exit status 3'],
  [143, 'Failed', 'out', 'failed to run commands: exit status 143'],
  [137, 'TimedOut', 'out', ''],
  [168, 'Success', /^out\nStep exited with code 168\. /, ''],
  [169, 'Failed', /^out\nStep exited with code 169\. /, /exit status 169\nStep exited with code 169\. /],
])('exit code %d is %s', async (exitCode, status, stdout, stderr) => {
  const { result } = await run({ run: { exitCode, stdout: 'out', stderr: '' } });
  const said = (text: string | RegExp) =>
    (text instanceof RegExp ? expect.stringMatching(text) : text) as string;
  expect(result).toMatchObject({
    status,
    responseCode: exitCode,
    stdout: said(stdout),
    stderr: said(stderr),
  });
});

test('a timeout is TimedOut, and keeps what was printed', async () => {
  const { result } = await run({
    run: new GuestCommandTimeout('too long', { stdout: '{"half":', stderr: 'begun\n' }),
  });
  expect(result).toEqual({
    name: 'reclaim',
    status: 'TimedOut',
    responseCode: 137,
    stdout: '{"half":',
    stderr: 'begun\n',
  });
});

test.each([
  [1, 2],
  [168, 1],
  [169, 1],
])('after a step that exits with %d, %d of two have run', async (exitCode, ran) => {
  const [step] = content().mainSteps;
  const body = content({ mainSteps: [step, { ...step, name: 'again' }] });
  const { results } = await run({ run: { exitCode, stdout: '', stderr: '' } }, {}, body);
  expect(results).toHaveLength(ran);
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
