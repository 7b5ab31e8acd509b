import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { runCommandLine } from '../../bin/command-line';
import { addCommands, headroom } from '../../bin/commands';

const ROOT = join(__dirname, '..', '..');
const work = mkdtempSync(join(tmpdir(), 'headroom-json-'));
afterAll(() => rmSync(work, { recursive: true }));

/** As docs/console.md#json has it. */
const document = z.union([
  z.strictObject({
    schema: z.literal(1),
    command: z.string(),
    exitCode: z.literal([0, 1, 3]),
    result: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({
    schema: z.literal(1),
    command: z.string(),
    exitCode: z.literal(2),
    error: z.strictObject({ name: z.string().min(1), message: z.string().min(1) }),
  }),
]);

const ENV = { PATH: process.env['PATH'], HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
const started = (args: readonly string[]) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...args, '--json'], {
    ...{ cwd: ROOT, encoding: 'utf8', env: ENV },
  });
  return { written: document.parse(JSON.parse(stdout)), stderr, status };
};
const json = (...args: string[]) => started([join(ROOT, 'bin', 'cli.js'), ...args]);

const commands = (() => {
  const cli = headroom();
  addCommands(cli, () => Promise.resolve());
  return cli.commands.map((command) => command.name());
})();

describe('--json', () => {
  it.each(commands)('of %s writes a wrong option as a document', async (command) => {
    const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const args = ['node', 'headroom', command, '--no-such-option', '--json'];
    const status = await runCommandLine(args, headroom(), addCommands);
    const [[text]] = stdout.mock.calls as [[string]];
    for (const each of [stdout, stderr]) each.mockRestore();
    expect(status).toBe(2);
    expect(document.parse(JSON.parse(text))).toMatchObject({ command, error: { name: 'UsageError' } });
  });

  it.each([
    ['an unknown command', ['nonsense'], 'nonsense', 'UsageError', /unknown command/],
    ['a missing environment', ['status'], 'status', 'UsageError', /--env <name>[^]*dev, prod, staging/],
    [
      ...(['an unknown environment', ['simulate', '--env', 'nowhere'], 'simulate'] as const),
      ...(['UnknownEnvironmentError', /The environments are: dev/] as const),
    ],
    ['no credentials', ['status', '--env', 'dev'], 'status', 'ConsoleError', /AWS_PROFILE/],
    ['a path that is not there', ['audit', 'gone'], 'audit', 'AuditCommandError', /gone is not there/],
    ['an unknown rule', ['audit', '--explain', 'x'], 'audit', 'AuditCommandError', /no rule "x"/],
    ['an unknown scenario', ['drill', '--scenario', 'x'], 'drill', 'ScenarioError', /No scenario named x/],
  ])('writes %s as a document, without a stack', (_, args, command, name, message) => {
    const { written, stderr, status } = json(...args);
    expect([status, stderr.includes('\n    at ')]).toEqual([2, false]);
    expect(written).toMatchObject({
      command,
      error: { name, message: expect.stringMatching(message) as string },
    });
  });

  it.each([
    [
      ['drill', '--list'],
      { scenarios: expect.arrayContaining([expect.objectContaining({ name: 'disk-full' })]) as unknown },
    ],
    [['run', '--list', '--env', 'dev'], { runbooks: expect.any(Array) as unknown }],
    [['audit', '--list-rules'], { rules: expect.any(Array) as unknown }],
    [['audit', '--explain', 'growth-cap-missing'], { rules: [{ id: 'growth-cap-missing' }] }],
    [
      ['user-data', '--env', 'dev', '--role', 'control-plane'],
      { environment: 'dev', nodeGroup: 'control-plane', text: expect.any(String) as unknown },
    ],
  ])('of %j writes the result alone to standard output', (args, result) => {
    const { written, stderr, status } = json(...args);
    expect([status, stderr]).toEqual([0, '']);
    expect(written).toMatchObject({ command: args[0], exitCode: 0, result });
  });

  it('of an audit has the report, and prints no table', () => {
    const template = join(work, 'template.json');
    writeFileSync(template, JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } } }));
    const { written, stderr } = json('audit', template);
    expect(written).toMatchObject({ result: { findings: [], failed: false } });
    expect(stderr).toBe('');
  });

  it('of npm run deploy writes errors as a document', () => {
    const { written, status } = started(['--import', 'tsx', 'bin/deploy.ts', '--env', 'nowhere']);
    expect(status).toBe(2);
    expect(written).toMatchObject({ command: 'deploy', error: { name: 'UnknownEnvironmentError' } });
  });
});
