import { createHandler } from '../../lambda/attach/handler';
import { recordingLog } from './fake-sdk';
import { customResourceAnswer } from '../../lambda/shared/custom-resource';

interface Call {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

const MEMBER = { 'aws:autoscaling:groupName': 'nodes', team: 'shop' };
const tagList = (tags: object) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value: String(Value) }));
const instance = (id: string, tags: object = MEMBER) => ({
  ...{ InstanceId: `i-${id}`, State: { Name: 'running' }, Tags: tagList(tags), RootDeviceName: '/dev/xvda' },
  BlockDeviceMappings: [
    { DeviceName: '/dev/xvdb', Ebs: { VolumeId: `vol-data-${id}` } },
    { DeviceName: '/dev/xvda', Ebs: { VolumeId: `vol-${id}` } },
  ],
});

/** An account with these members of the group `nodes`, each with a root volume; `refuses` throws for some calls. */
const account = (ids: readonly string[], refuses: (call: Call) => string | undefined = () => undefined) => {
  const calls: Call[] = [];
  const send = (command: object): Promise<unknown> => {
    const name = command.constructor.name.replace(/Command$/, '');
    const { input } = command as { input: Record<string, unknown> };
    const call = { name, input };
    calls.push(call);
    const code = refuses(call);
    if (code !== undefined) return Promise.reject(Object.assign(new Error('refused'), { name: code }));
    const filter = (input['Filters'] as { Name: string; Values: string[] }[] | undefined)?.[0];
    switch (name) {
      case 'DescribeInstances':
        return Promise.resolve({
          Reservations: filter?.Name.startsWith('tag:aws:')
            ? [{ Instances: ids.map((id) => instance(id)) }]
            : [],
        });
      case 'DescribeVolumes':
        return Promise.resolve({
          Volumes: filter?.Name === 'volume-id' ? filter.Values.map((VolumeId) => ({ VolumeId })) : [],
        });
      case 'DescribeAutoScalingGroups':
        return Promise.resolve({
          AutoScalingGroups: [{ AutoScalingGroupName: 'nodes' }],
        });
      default:
        return Promise.resolve({});
    }
  };
  const answers: { readonly url: string; readonly body: Record<string, unknown> }[] = [];
  const quiet = () => undefined;
  const handler = createHandler(
    { ec2: { send }, autoscaling: { send } },
    {
      log: { info: quiet, warn: quiet, error: quiet },
      answer: (url, body) => {
        answers.push({ url, body: JSON.parse(body) as Record<string, unknown> });
        return Promise.resolve();
      },
    },
  );
  const tagged = (): string[][] =>
    calls.filter(({ name }) => name === 'CreateTags').map(({ input }) => input['Resources'] as string[]);
  return { handler, calls, tagged, answers };
};

const GROUP = { name: 'general', role: 'worker', autoScalingGroupName: 'nodes' };
const SCHEDULED = { attachment: { tags: { team: 'shop' }, groups: [GROUP] } };
const REQUEST = {
  ...{ RequestType: 'Create', ResponseURL: 'https://example.com/answer', StackId: 's', RequestId: 'r' },
  ...{ LogicalResourceId: 'L', ResourceProperties: { Tags: { team: 'shop' }, Group: GROUP } },
};

beforeEach(() => (process.env['HEADROOM_ENVIRONMENT'] = 'shop'));
afterEach(() => delete process.env['HEADROOM_ENVIRONMENT']);

test('one call for all that get the same tags; data volumes are not asked for', async () => {
  const { handler, tagged } = account(['a', 'b']);
  await handler(SCHEDULED);
  expect(tagged()).toEqual([
    ['i-a', 'i-b'],
    ['vol-a', 'vol-b'],
  ]);
});

test('reports a node that ended meanwhile and tags the others', async () => {
  const { handler, tagged } = account(['a', 'b'], ({ name, input }) =>
    name === 'CreateTags' && (input['Resources'] as string[]).includes('i-a')
      ? 'InvalidInstanceID.NotFound'
      : undefined,
  );
  await expect(handler(SCHEDULED)).rejects.toThrow(
    'headroom-shop is not attached: tag i-a: InvalidInstanceID.NotFound: refused',
  );
  expect(tagged()).toEqual([['i-a', 'i-b'], ['i-a'], ['i-b'], ['vol-a', 'vol-b']]);
});

test('a large group is tagged a hundred at a time', async () => {
  const { handler, tagged } = account(Array.from({ length: 120 }, (_, index) => `${index}`));
  await handler(SCHEDULED);
  expect(tagged().map(({ length }) => length)).toEqual([100, 20, 100, 20]);
});

test('CloudFormation is answered when AWS refuses, and when the function has no environment', async () => {
  const refused = account(['a'], ({ name }) =>
    name === 'DescribeInstances' ? 'UnauthorizedOperation' : undefined,
  );
  await refused.handler(REQUEST);
  expect(refused.answers).toMatchObject([
    { url: REQUEST.ResponseURL, body: { Status: 'FAILED', PhysicalResourceId: 'L', Reason: 'refused' } },
  ]);
  delete process.env['HEADROOM_ENVIRONMENT'];
  const lost = account(['a']);
  await lost.handler(REQUEST);
  expect(lost.answers).toMatchObject([
    { body: { Status: 'FAILED', Reason: 'environment variable missing: HEADROOM_ENVIRONMENT' } },
  ]);
});

test('fails if CloudFormation does not accept the answer', async () => {
  const handler = createHandler(
    { ec2: { send: () => Promise.resolve({}) }, autoscaling: { send: () => Promise.resolve({}) } },
    { answer: () => Promise.reject(new Error('HTTP 403')), log: recordingLog().log },
  );
  await expect(handler({ ...REQUEST, RequestType: 'Delete' })).rejects.toThrow('HTTP 403');
});

test('a reason is shorter than CloudFormation reads', () => {
  const body = customResourceAnswer(
    { ...REQUEST, RequestType: 'Create' },
    { physicalResourceId: 'L', failure: 'x'.repeat(10_000) },
  );
  expect(Buffer.byteLength(body)).toBeLessThan(4_096);
});
