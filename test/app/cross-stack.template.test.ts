import { isAttached, type Environment, type ProvisionedEnvironment } from '../../lib/config/schema';
import { EXAMPLES, exampleEnvironment } from '../stacks/attach/example-environments';
import { assemblyOf, environmentOf, shipped, type Resource } from './synthesized';

interface Output {
  readonly Value: unknown;
  readonly Export?: { readonly Name: string };
}
interface Body {
  readonly Resources: Record<string, Resource>;
  readonly Outputs?: Record<string, Output>;
}

/** The environment's templates. */
const bodies = (name: string, environment: Environment): readonly Body[] =>
  assemblyOf(name, environment).stacks.map(({ template }) => template as Body);

const logicalId = (value: unknown): string =>
  JSON.stringify(value).replace(/^\{"(?:Ref":"|Fn::GetAtt":\[")([A-Za-z0-9]+)".*$/, '$1');

/** What an imported value hangs on. CloudFormation refuses to change or remove one as long as it is imported. */
const exported = (name: string, environment: Environment): Record<string, Resource | undefined> =>
  Object.fromEntries(
    bodies(name, environment).flatMap((body) =>
      Object.values(body.Outputs ?? {}).flatMap((output) =>
        output.Export === undefined
          ? []
          : [[output.Export.Name, body.Resources[logicalId(output.Value)]] as const],
      ),
    ),
  );

/** A topic and a function of these names: nothing else of them makes another Ref or ARN. */
const identity = (resource: Resource | undefined): unknown => [
  resource?.Type,
  resource?.Properties['TopicName'],
  resource?.Properties['FifoTopic'],
  resource?.Properties['FunctionName'],
];

const EDITS: readonly [what: string, edit: (environment: ProvisionedEnvironment) => void][] = [
  ['fewer control-plane nodes', ({ controlPlane }) => void (controlPlane.count = 1)],
  ['more of them', ({ controlPlane }) => void (controlPlane.count = 3)],
  ['another operating system', ({ controlPlane }) => void (controlPlane.os = 'amazon-linux-2023')],
  ['a larger disk', ({ controlPlane }) => void (controlPlane.rootVolume.sizeGiB += 10)],
  ['another instance type', ({ controlPlane }) => void (controlPlane.instanceType = 'm7i.2xlarge')],
  ['no workers', (environment) => void (environment.workerGroups = {})],
  ['nobody to notify', (environment) => void (environment.notifications = { emails: [] })],
  [
    'no snapshots of etcd',
    (environment) => void delete (environment.protect as { etcdSnapshots?: unknown }).etcdSnapshots,
  ],
  ['other levels', ({ diskLevels }) => void (diskLevels.warningPercent -= 1)],
  ['another version', (environment) => void (environment.kubernetesVersion = '1.36.9')],
];

// One and three control-plane nodes.
describe.each(['dev', 'prod'])('%s', (name) => {
  const original = exported(name, environmentOf(name));

  test('exports a topic and a function, and no instance', () =>
    expect(Object.values(original).map((resource) => resource?.Type)).toEqual([
      'AWS::SNS::Topic',
      'AWS::Lambda::Function',
    ]));

  test.each(EDITS)('%s: no export changes or goes', (_, edit) => {
    const environment = environmentOf(name);
    edit(environment);
    const edited = exported(name, environment);
    expect(Object.keys(edited)).toEqual(Object.keys(original));
    for (const [exportName, resource] of Object.entries(edited))
      expect(identity(resource)).toEqual(identity(original[exportName]));
  });

  test('ids of control-plane instances are read from parameters of the cluster, which is deployed first', () => {
    const synthesized = shipped(name);
    const published = Object.values((synthesized.cluster.toJSON() as Body).Resources).flatMap(
      ({ Type, Properties }) =>
        Type === 'AWS::SSM::Parameter' && JSON.stringify(Properties['Value']).includes('ControlPlaneNode')
          ? [Properties['Name']]
          : [],
    );
    expect(published).toHaveLength(environmentOf(name).controlPlane.count);
    for (const kind of ['observe', 'protect'] as const) {
      const { Parameters } = synthesized[kind].toJSON() as {
        Parameters: Record<string, { Type: string; Default: string }>;
      };
      const read = Object.values(Parameters).filter(
        ({ Type }) => Type === 'AWS::SSM::Parameter::Value<String>',
      );
      const names = read.map((parameter) => parameter.Default);
      expect(names.filter((path) => path.startsWith('/headroom/'))).toEqual(published);
      expect(synthesized.dependenciesOf(kind)).toContain('cluster');
    }
  });
});

test.each(EXAMPLES)('attached, %s: exports no instance either', (name) => {
  const environment = exampleEnvironment(name);
  expect(isAttached(environment)).toBe(true);
  const types = Object.values(exported(name, environment)).map((resource) => resource?.Type);
  expect(types.filter((type) => type !== 'AWS::SNS::Topic' && type !== 'AWS::Lambda::Function')).toEqual([]);
});
