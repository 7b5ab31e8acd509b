import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { HANDLERS, esbuildOptions } from '../../lib/constructs/bundling';

const directory = mkdtempSync(join(tmpdir(), 'headroom-bundle-'));
afterAll(() => rmSync(directory, { recursive: true }));

test.each(HANDLERS)(
  '%s bundles into one CommonJS file that loads without a region',
  (name) => {
    const outfile = join(directory, name, 'index.js');
    buildSync(esbuildOptions(name, outfile));
    const program = `
    const bundle = require(${JSON.stringify(outfile)});
    const names = [];
    const client = { send: (command) => { names.push(command.constructor.name); return Promise.reject(new Error('stop')); } };
    const handler = bundle.createHandler({ ssm: client, ec2: client, cloudwatch: client, sns: client, s3: client, sqs: client, autoscaling: client });
    const events = {
      dispatch: { Records: [{ messageId: 'm', body: '?', attributes: {} }] },
      plan: { instanceId: 'i-0aa11bb22cc33dd44', executionId: 'e' },
      record: { executionId: 'e', conclusion: 'failed' },
      sizes: {
        RequestType: 'Delete', ResponseURL: 'http://127.0.0.1:9/', StackId: 's', RequestId: 'r',
        LogicalResourceId: 'l', PhysicalResourceId: 'p',
      },
      sweep: {},
      'game-day': { step: 'choose', instanceId: 'i-0aa11bb22cc33dd44', nodeGroup: '' },
      attach: { attachment: { tags: { team: 'a' }, groups: [] } },
      operate: { step: 'target', purpose: 'drain', instanceId: 'i-0aa11bb22cc33dd44', executionId: 'e' },
    };
    handler(events[${JSON.stringify(name)}]).catch(() => undefined).then(() =>
      process.stdout.write('\\n' + JSON.stringify([typeof bundle.handler, names[0]])));
  `;
    const output = execFileSync(process.execPath, ['-e', program], {
      encoding: 'utf8',
      // No region, no profile, no credentials.
      env: {
        PATH: process.env['PATH'] ?? '',
        HEADROOM_ENVIRONMENT: 'prod',
        HEADROOM_HEAL_DOCUMENT_NAME: 'd',
        HEADROOM_DEAD_LETTER_QUEUE_URL: 'q',
        HEADROOM_NODE_GROUP_POLICIES: '{}',
        HEADROOM_GIB_USD: '0.1',
        HEADROOM_SNAPSHOT_FIRST: 'no',
        HEADROOM_NAMESPACES: 'separate',
        HEADROOM_HEALING_BOUNDS:
          '{"growthGiB":1000,"growthKey":"growthGiBPerMonth","healingsPerNodePerDay":24}',
        HEADROOM_WATCHED_GROUPS: '[]',
        HEADROOM_ASK_SECONDS: '3600',
        HEADROOM_HEAL_QUEUE_URL: 'q',
        HEADROOM_FILESYSTEMS: '{}',
        HEADROOM_DECLARED_SIZES: '{}',
        HEADROOM_APPLIED_SIZES_PARAMETER: '/p',
        HEADROOM_ATTACHED_WORKERS: '{}',
        HEADROOM_TOPIC_ARN: 't',
        HEADROOM_CHAT_TOPIC_ARN: 'none',
        HEADROOM_WEBHOOK_BUS_NAME: 'none',
        HEADROOM_EVIDENCE_BUCKET_NAME: 'b',
        HEADROOM_EVIDENCE_BUCKET_OWNER: '111122223333',
        HEADROOM_DISK_LEVELS:
          '{"warningPercent":80,"criticalPercent":90,"emergencyPercent":95,"targetPercent":75}',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const first = {
      dispatch: 'SendMessageCommand',
      plan: 'GetParameterCommand',
      record: 'GetAutomationExecutionCommand',
      sizes: 'GetParameterCommand',
      sweep: 'GetParameterCommand',
      'game-day': 'DescribeInstancesCommand',
      attach: 'DescribeVolumesCommand',
      operate: 'DescribeInstancesCommand',
    }[name];
    expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).toEqual(['function', first]);
  },
  60_000,
);

test('a bundle is minified, and what is thrown inside it names its function', () => {
  const outfile = join(directory, 'names.js');
  buildSync({
    ...esbuildOptions('plan', outfile),
    stdin: {
      contents:
        'const readTheDisk = () => { throw new Error("full"); }; export const run = () => [readTheDisk()];',
      loader: 'ts',
    },
    entryPoints: [],
  });
  const program = `try { require(${JSON.stringify(outfile)}).run(); } catch ({ stack }) { console.log(stack); }`;
  expect(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' })).toMatch(/at readTheDisk /);
  expect(readFileSync(outfile, 'utf8').trim().split('\n')).toHaveLength(1);
});
