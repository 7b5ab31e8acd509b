import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import {
  MIN_BOOTSTRAP_VERSION,
  accountChecks,
  type AccountNeed,
} from '../../lib/console/doctor/account-checks';
import type { AccountFacts, CheckedNode } from '../../lib/console/doctor/account-facts';
import { doctorClient } from '../../lib/console/doctor/doctor.client';
import { checksText, countsText } from '../../lib/console/doctor/doctor-text';
import { BOOTSTRAP_PARAMETER, readAccount, type AccountWorld } from '../../lib/console/doctor/read-account';
import type { StatusFacts } from '../../lib/console/status/status-facts';
import { hasFailed } from '../../lib/domain/doctor/check';
import { known, unknown } from '../../lib/domain/known';
import { DOCUMENTS, documentName } from '../../lib/domain/names/naming';
import { awsError, fakeSdk, type Answers } from '../lambda/fake-sdk';

const TARGET = { environmentName: 'prod', account: '111122223333', region: 'eu-central-1' };
const ARN = 'arn:aws:iam::111122223333:user/ana';
const ID = 'i-0123456789abcdef0';
const NOW_MS = Date.UTC(2026, 10, 30, 3);
const ALL_DOCUMENTS = DOCUMENTS.map((base) => documentName('prod', base));

const node = (more: Partial<CheckedNode> = {}): CheckedNode => ({
  ...{ instanceId: ID, nodeGroup: 'general', agent: known('Online'), isMeasured: known(true) },
  ...more,
});
const facts = (more: Partial<AccountFacts> = {}): AccountFacts => ({
  caller: known({ account: TARGET.account, arn: ARN }),
  shellRegion: undefined,
  bootstrapVersion: known(30),
  vcpus: known({ used: 20, quota: 64 }),
  vcpusOf: known(new Map([['m6a.xlarge', 4]])),
  documents: known(ALL_DOCUMENTS),
  nodes: known([node()]),
  pauses: known([]),
  ...more,
});
const NEED: AccountNeed = {
  groups: [{ name: 'general', instanceType: 'm6a.xlarge', nodes: 10, maxSizeGiB: 512 }],
};
const check = (name: string, more: Partial<AccountFacts> = {}, need = NEED) =>
  accountChecks(facts(more), need, TARGET).find((each) => each.name === name);

describe('an account', () => {
  it('has nothing that failed where all is well', () => {
    const checks = accountChecks(facts(), NEED, TARGET);
    expect(hasFailed(checks)).toBe(false);
    expect(countsText(checks)).toBe('8 ok, 2 not checked');
  });

  const PAUSE = {
    ...{ nodeGroup: null, why: 'etcd is restored', by: ARN },
    ...{ since: '2026-11-30T00:00:00.000Z', until: '2026-11-30T09:00:00.000Z' },
  };
  it.each([
    ['credentials', { caller: unknown('CredentialsProviderError: none') }, 'failed', /none/, /AWS_PROFILE/],
    [
      ...(['credentials', { caller: known({ account: '999988887777', arn: ARN }) }, 'failed'] as const),
      ...([/account 999988887777 .* but the environment is in 111122223333/, /account of prod/] as const),
    ],
    [
      'region',
      { shellRegion: 'us-east-1' },
      'warning',
      /eu-central-1, but .* us-east-1/,
      /^export AWS_REGION=eu-central-1$/,
    ],
    [
      'CDK bootstrap',
      { bootstrapVersion: known(undefined) },
      'failed',
      /not bootstrapped/,
      /^npx cdk bootstrap aws:\/\/111122223333\/eu-central-1$/,
    ],
    ['CDK bootstrap', { bootstrapVersion: known(5) }, 'failed', /version 5, needed: 6/, /bootstrap/],
    [
      'CDK bootstrap',
      { bootstrapVersion: unknown('AccessDeniedException: no') },
      'not checked',
      /AccessDenied/,
      /console\.md#rights/,
    ],
    [
      'vCPU quota',
      { vcpus: known({ used: 28, quota: 64 }) },
      'ok',
      /28 of 64 vCPUs are used, 4 of them here; the environment may need 40/,
      null,
    ],
    [
      'vCPU quota',
      { vcpus: known({ used: 29, quota: 64 }) },
      'warning',
      /29 of 64/,
      /--region eu-central-1 .*--quota-code L-1216C47A --desired-value 65$/,
    ],
    [
      'vCPU quota',
      { vcpusOf: known(new Map()) },
      'not checked',
      /does not know m6a\.xlarge/,
      /get-service-quota/,
    ],
    ['pause', { pauses: unknown('ParameterNotFound: none') }, 'failed', /not deployed/, /^npx cdk deploy/],
    ['pause', { pauses: unknown('AccessDenied: no') }, 'not checked', /AccessDenied/, /rights/],
    ['vCPU quota', { vcpus: known({ used: 4, quota: 39 }) }, 'failed', /4 of 39/, /--desired-value 40$/],
    [
      'vCPU quota',
      { vcpus: unknown('no measurement') },
      'not checked',
      /no measurement/,
      /get-service-quota --region eu-central-1/,
    ],
    [
      'SSM documents',
      { documents: known([]) },
      'failed',
      /none is there/,
      /^npx cdk deploy '\*\*' -c env=prod$/,
    ],
    [
      'SSM documents',
      { documents: known(ALL_DOCUMENTS.slice(1)) },
      'failed',
      /missing: headroom-prod-HealNode$/,
      /deploy/,
    ],
    ['registered nodes', { nodes: known([]) }, 'warning', /no node runs/, /cdk deploy/],
    [
      'registered nodes',
      { nodes: known([node({ agent: known(undefined) })]) },
      'failed',
      /i-0123456789abcdef0: the agent never registered/,
      /^npx headroom run DiagnoseNode --env prod --instance i-0123456789abcdef0$/,
    ],
    [
      'registered nodes',
      { nodes: known([node({ agent: known('ConnectionLost') })]) },
      'failed',
      /ConnectionLost/,
      /Diagnose/,
    ],
    [
      'registered nodes',
      { nodes: known([node({ agent: unknown('Throttling') })]) },
      'not checked',
      /Throttling/,
      null,
    ],
    [
      'CloudWatch agent',
      { nodes: known([node(), node({ instanceId: 'i-2', isMeasured: known(false) })]) },
      'failed',
      /^i-2: no measurement in 15 minutes$/,
      /--instance i-2$/,
    ],
    ['pause', { pauses: known([PAUSE]) }, 'warning', /etcd is restored/, /^npx headroom resume --env prod$/],
  ] as const)('says of %s, %j: %s', (name, more, standing, found, next) => {
    const one = check(name, more);
    expect(one?.standing).toBe(standing);
    expect(one?.found).toMatch(found);
    if (next === null) expect(one?.next ?? null).toBe(null);
    else expect(one?.next).toMatch(next);
  });

  it('names five of many silent nodes', () => {
    const silent = Array.from({ length: 7 }, (_, index) =>
      node({ instanceId: `i-${index}`, isMeasured: known(false) }),
    );
    expect(check('CloudWatch agent', { nodes: known(silent) })?.found).toMatch(/i-4: no .*, 2 more$/);
  });

  it('leaves quotas of other instance families and of attached nodes alone', () => {
    const [group] = NEED.groups;
    const gpu = { groups: [{ ...group!, instanceType: 'g6.xlarge' }] };
    expect(check('vCPU quota', {}, gpu)).toMatchObject({
      standing: 'not checked',
      found: expect.stringContaining('g6') as string,
    });
    expect(check('vCPU quota', {}, { groups: [] })?.standing).toBe('ok');
    expect(check('gp3 storage quota')?.found).toContain('5.0 TiB');
  });
});

describe('reading an account', () => {
  const STATUS = {
    nodes: [
      { instanceId: ID, state: 'running', tags: {}, rootVolumeId: 'vol-1' },
      { instanceId: 'i-stopped', state: 'stopped', tags: {}, rootVolumeId: 'vol-2' },
    ],
    agents: known(new Map([[ID, 'Online']])),
    series: known(new Map([[ID, { lately: [{ atMs: NOW_MS, usedPercent: 50 }], history: [], grows: [] }]])),
    pauses: known([]),
  } as unknown as StatusFacts;
  const answers = {
    'ssm:GetParameter': ({ Name }: { Name: string }) => {
      expect(Name).toBe(BOOTSTRAP_PARAMETER);
      return { Parameter: { Value: '30' } };
    },
    'ssm:ListDocuments': (_: object, count: number) => ({
      DocumentIdentifiers: [{ Name: `headroom-prod-${count}` }],
      ...(count === 1 && { NextToken: 'more' }),
    }),
    'ec2:DescribeInstanceTypes': () => ({
      InstanceTypes: [{ InstanceType: 'm6a.xlarge', VCpuInfo: { DefaultVCpus: 4 } }],
    }),
    'cloudwatch:GetMetricData': () => ({
      MetricDataResults: [
        { Id: 'quota', Values: [64] },
        { Id: 'used', Values: [20, 24] },
      ],
    }),
  };
  const read = (own: Answers = answers, more: Partial<AccountWorld> = {}) => {
    const sdk = fakeSdk(['ec2', 'cloudwatch', 'ssm'], own);
    const world: AccountWorld = {
      caller: () => Promise.resolve({ account: TARGET.account, arn: ARN }),
      client: doctorClient(sdk.clients),
      status: () => Promise.resolve(STATUS),
      ...{ groupOf: () => 'general', shellRegion: undefined, nowMs: NOW_MS },
      ...more,
    };
    return { ...sdk, facts: readAccount(TARGET, ['m6a.xlarge'], world) };
  };

  it('takes every page, the newest measurement, and the nodes that run', async () => {
    const { facts: found, inputs } = read();
    expect(await found).toEqual({
      ...facts(),
      documents: known(['headroom-prod-1', 'headroom-prod-2']),
    });
    expect(inputs('cloudwatch:GetMetricData')[0]).toMatchObject({
      MetricDataQueries: [{ Id: 'used' }, { Id: 'quota', Expression: 'SERVICE_QUOTA(used)' }],
    });
    expect(inputs('ssm:ListDocuments')[1]).toMatchObject({ NextToken: 'more' });
  });

  it('needs the rights that docs/console.md lists', async () => {
    const page = readFileSync(join(__dirname, '..', '..', 'docs', 'console.md'), 'utf8');
    const policy = JSON.parse(/```json\n(\{\s*"Version"[^]*?)```/.exec(page)?.[1] ?? '') as {
      Statement: readonly { Action: string | readonly string[]; Resource: string | readonly string[] }[];
    };
    const { facts: found, operations } = read();
    await found;
    const asked = [...new Set(operations())];
    expect(asked).not.toHaveLength(0);
    expect(policy.Statement.flatMap(({ Action }) => Action)).toEqual(expect.arrayContaining(asked));
    expect(policy.Statement.flatMap(({ Resource }) => Resource).join()).toContain(
      `parameter${BOOTSTRAP_PARAMETER}`,
    );
  });

  it('keeps what AWS refuses apart from what is not there', async () => {
    const own = {
      ...answers,
      'ssm:GetParameter': () => Promise.reject(awsError('ParameterNotFound')),
      'ssm:ListDocuments': () => Promise.reject(awsError('AccessDeniedException')),
      'cloudwatch:GetMetricData': () => ({ MetricDataResults: [{ Id: 'used', Values: [] }] }),
    };
    expect(await read(own).facts).toMatchObject({
      bootstrapVersion: known(undefined),
      documents: { known: false, why: expect.stringContaining('AccessDenied') as string },
      vcpus: { known: false, why: expect.stringContaining('no measurement') as string },
    });
  });

  it('reads nothing of another account', async () => {
    const caller = () => Promise.resolve({ account: '999988887777', arn: ARN });
    const { facts: found, operations } = read({}, { caller });
    expect(await found).toMatchObject({ documents: unknown('needs credentials of account 111122223333') });
    expect(operations()).toEqual([]);
  });

  it('asks for the bootstrap version that the CDK writes into its assemblies', () => {
    const app = new App({ analyticsReporting: false });
    const stack = new Stack(app, 'stack');
    new CfnResource(stack, 'topic', { type: 'AWS::SNS::Topic' });
    const { properties } = app.synth().getStackArtifact(stack.artifactId).manifest;
    expect(properties).toMatchObject({
      requiresBootstrapStackVersion: MIN_BOOTSTRAP_VERSION,
      bootstrapStackVersionSsmParameter: BOOTSTRAP_PARAMETER,
    });
  });
});

test('the text says why and what next of what is not ok', () => {
  const about = { found: 'found', why: 'why it matters' };
  expect(
    checksText('subject', [
      { ...about, name: 'one', standing: 'ok', next: null },
      { ...about, name: 'three', standing: 'failed', next: 'type this' },
    ]),
  ).toBe(
    'subject\n  ✔ one    found\n  ✘ three  failed: found\n      why:  why it matters\n      next: type this\n',
  );
});
