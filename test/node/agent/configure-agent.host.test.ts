import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScript } from '../run-script';

const PARAMETER = '/headroom/prod/cloudwatch-agent/worker';
const OWN = 'ssm__headroom_prod_cloudwatch-agent_worker';
const OWNERS = { 'file_logs.json': '{"logs":{}}', 'ssm_acme-metrics': '{"metrics":{}}' };

interface Result {
  readonly ok: boolean;
  readonly error?: string;
  readonly changed: readonly string[];
}

let root: string;
const etc = (...names: string[]): string => join(root, 'opt/aws/amazon-cloudwatch-agent/etc', ...names);
const files = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(etc('amazon-cloudwatch-agent.d')).map((name) => [
      name,
      readFileSync(etc('amazon-cloudwatch-agent.d', name), 'utf8'),
    ]),
  );
const calls = (): string[] => readFileSync(join(root, 'calls'), 'utf8').split('\n').filter(Boolean);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headroom-agent-'));
  const bin = join(root, 'opt/aws/amazon-cloudwatch-agent/bin');
  for (const folder of [bin, etc('amazon-cloudwatch-agent.d'), join(root, 'bin')])
    mkdirSync(folder, { recursive: true });
  copyFileSync(
    join(__dirname, 'stand-ins/amazon-cloudwatch-agent-ctl'),
    join(bin, 'amazon-cloudwatch-agent-ctl'),
  );
  writeFileSync(
    join(bin, 'config-translator'),
    `#!/bin/sh
[ ! -e ${etc('contradicts')} ] || {
  echo 'E! Under path : /metrics/append_dimensions | Error : Different values are specified for append_dimensions'
  exit 1
}
`,
  );
  chmodSync(join(bin, 'config-translator'), 0o755);
  for (const [name, text] of Object.entries(OWNERS))
    writeFileSync(etc('amazon-cloudwatch-agent.d', name), text);
  writeFileSync(join(root, 'calls'), '');
  writeFileSync(join(root, 'state'), 'active');
  writeFileSync(join(root, 'parameter'), '{"agent":{}}');
  const systemctl = `#!/bin/sh
case "$1" in
  show) echo LoadState=loaded; echo "ActiveState=$(cat ${root}/state)" ;;
  *) echo "$*" >>${root}/calls ;;
esac
`;
  writeFileSync(join(root, 'bin/systemctl'), systemctl);
  chmodSync(join(root, 'bin/systemctl'), 0o755);
});
afterEach(() => rmSync(root, { recursive: true }));

const script = async (name: string) => {
  const { stdout, exitCode } = await runScript(name, {
    env: {
      PATH: `${join(root, 'bin')}:${process.env['PATH']}`,
      HEADROOM_MOUNT_POINT: root,
      HEADROOM_CONFIGURATION_PARAMETER: PARAMETER,
      STAND_IN_PARAMETER: join(root, 'parameter'),
    },
  });
  return { exitCode, result: JSON.parse(stdout) as Result };
};
const configure = () => script('configure-agent.sh');

test('adds the configuration beside the existing ones, and restarts the agent once', async () => {
  expect(await configure()).toMatchObject({ exitCode: 0, result: { ok: true } });
  expect(files()).toEqual({ ...OWNERS, [OWN]: '{"agent":{}}' });
  expect(calls().filter((call) => call.startsWith('restart'))).toHaveLength(1);
});

test('restarts nothing when nothing changed', async () => {
  await configure();
  writeFileSync(join(root, 'calls'), '');
  expect((await configure()).result.changed).toEqual([]);
  expect(calls()).toEqual([]);
});

test('replaces only Headroom’s own file when the parameter changes', async () => {
  await configure();
  writeFileSync(join(root, 'parameter'), '{"agent":{"debug":true}}');
  expect((await configure()).result.changed).toHaveLength(2);
  expect(files()).toEqual({ ...OWNERS, [OWN]: '{"agent":{"debug":true}}' });
});

test('starts an agent that was stopped', async () => {
  await configure();
  writeFileSync(join(root, 'state'), 'inactive');
  expect((await configure()).result.changed).toEqual(['restarted the agent, which was inactive']);
});

test('fails with the agent’s reason when configurations contradict, loses and leaves no file, and keeps the agent running', async () => {
  writeFileSync(etc('contradicts'), '');
  const { exitCode, result } = await configure();
  expect([exitCode, result.error]).toEqual([
    1,
    expect.stringContaining('Different values are specified for append_dimensions') as unknown,
  ]);
  expect(files()).toEqual(OWNERS);
  expect(calls()).toEqual([]);
});

test('reports that the agent is not installed', async () => {
  rmSync(join(root, 'opt/aws/amazon-cloudwatch-agent/bin'), { recursive: true });
  expect((await configure()).result.error).toContain('is not installed yet');
});

describe('remove-headroom', () => {
  test('removes only that file, and the agent keeps the others', async () => {
    await configure();
    writeFileSync(join(root, 'calls'), '');
    expect(await script('remove-headroom.sh')).toMatchObject({ exitCode: 0, result: { ok: true } });
    expect(files()).toEqual(OWNERS);
    expect(calls()).toEqual(['try-restart amazon-cloudwatch-agent.service']);
  });

  test('stops an agent that has no other configuration', async () => {
    for (const name of Object.keys(OWNERS)) rmSync(etc('amazon-cloudwatch-agent.d', name));
    await configure();
    writeFileSync(join(root, 'calls'), '');
    await script('remove-headroom.sh');
    expect(calls()).toEqual(['disable --quiet --now amazon-cloudwatch-agent.service']);
  });

  test('leaves the agent alone when that file does not exist', async () => {
    await script('remove-headroom.sh');
    expect([files(), calls()]).toEqual([OWNERS, []]);
  });
});
