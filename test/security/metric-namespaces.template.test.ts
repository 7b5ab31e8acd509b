import { applies, type Statement, statements } from '../../packages/local-aws/src';
import {
  METRIC_NAMESPACE,
  NODE_ROLES,
  agentParameterName,
  type NodeRole,
} from '../../lib/domain/names/naming';
import { ENVIRONMENTS, flat } from '../app/synthesized';
import { EVERY_ENVIRONMENT, resourcesOf, type Placed } from './support/every-environment';

/**
 * PutMetricData takes any dimensions, and a policy can narrow it to a namespace only: whose figures a node can forge is told
 * by the namespaces that it may write to.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
 */

/** Where the agents of a role write, by the configuration that they get; undefined: there is none. */
const writtenBy = (name: string, role: NodeRole): string | undefined => {
  const parameter = resourcesOf(name).find(
    ({ Type, Properties }) =>
      Type === 'AWS::SSM::Parameter' && Properties['Name'] === agentParameterName(name, role),
  );
  if (parameter === undefined) return undefined;
  return (JSON.parse(String(parameter.Properties['Value'])) as { metrics: { namespace: string } }).metrics
    .namespace;
};

/** The policies of what has this logical id, or are attached to a role of this name. */
const policiesOf = (name: string, role: string): Placed[] =>
  resourcesOf(name).filter(
    ({ Type, Properties }) =>
      /^AWS::IAM::(Managed)?Policy$/.test(Type) &&
      ((Properties['Roles'] as unknown[] | undefined) ?? []).some((each) =>
        new RegExp(`^<?${role}`).test(flat(each)),
      ),
  );

/** The statements on metrics: the others have intrinsics, which are not read here. */
const metricStatements = ({ Properties, logicalId }: Placed): readonly Statement[] => {
  const { Statement: all } = Properties['PolicyDocument'] as { Statement: { Action: string | string[] }[] };
  const some = all.filter(({ Action }) => [Action].flat().some((each) => /^cloudwatch:|^\*/.test(each)));
  return some.length === 0 ? [] : statements({ Statement: some }, logicalId);
};

/** Whether who has the role may put a figure into the namespace. */
const mayWrite = (name: string, role: string, namespace: string): boolean => {
  const policies = policiesOf(name, role);
  expect(policies).not.toEqual([]);
  return policies.flatMap(metricStatements).some((statement) =>
    applies(statement, {
      ...{ action: 'cloudwatch:PutMetricData', resource: '*' },
      context: { 'cloudwatch:namespace': namespace },
    }),
  );
};

describe.each(ENVIRONMENTS.map(({ name }) => name))('%s', (name) => {
  const ROLES = { 'control-plane': 'ControlPlaneRole', worker: 'WorkerRole' };
  const may = (role: NodeRole, namespace: string | undefined): boolean =>
    mayWrite(name, ROLES[role], namespace ?? '');

  test.each(NODE_ROLES)('a %s may write where its own agent does', (role) => {
    expect(may(role, writtenBy(name, role))).toBe(true);
  });

  test('a worker cannot put a figure among those of control planes, nor a control plane among those of workers', () => {
    expect(may('worker', writtenBy(name, 'control-plane'))).toBe(false);
    expect(may('control-plane', writtenBy(name, 'worker'))).toBe(false);
  });

  test('no node can put a figure among those of another environment, which may share the account', () => {
    const others = EVERY_ENVIRONMENT.filter((each) => each.name !== name).flatMap((other) =>
      NODE_ROLES.flatMap((role) => writtenBy(other.name, role) ?? []),
    );
    expect(others.length).toBeGreaterThan(6);
    for (const role of NODE_ROLES) expect(others.filter((namespace) => may(role, namespace))).toEqual([]);
  });
});

describe('attached nodes', () => {
  test('with namespaces of their own, a worker cannot put a figure among those of control planes', () => {
    const [controlPlane, worker] = NODE_ROLES.map((role) => writtenBy('kubeadm-more', role) ?? '');
    expect(mayWrite('kubeadm-more', 'lab-worker', worker ?? '')).toBe(true);
    expect(mayWrite('kubeadm-more', 'lab-worker', controlPlane ?? '')).toBe(false);
    expect(mayWrite('kubeadm-more', 'lab-control-plane', controlPlane ?? '')).toBe(true);
  });

  test('otherwise they write where the agent does by default, and nowhere else', () => {
    for (const role of NODE_ROLES) expect(writtenBy('kubeadm', role)).toBe('CWAgent');
    expect(mayWrite('kubeadm', 'lab-worker', 'CWAgent')).toBe(true);
    for (const { name } of ENVIRONMENTS)
      for (const role of NODE_ROLES)
        expect(mayWrite('kubeadm', 'lab-worker', writtenBy(name, role) ?? '')).toBe(false);
  });
});

test.each([...ENVIRONMENTS.map(({ name }) => name), 'kubeadm-more'])(
  '%s: no alarm, dashboard or function asks in the namespace that anyone may write into',
  (name) => {
    expect(JSON.stringify(resourcesOf(name))).not.toContain('CWAgent');
    const layouts = resourcesOf(name)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .flatMap(({ Properties }) => {
        const { Variables } = Properties['Environment'] as { Variables: Record<string, string> };
        return Variables['HEADROOM_NAMESPACES'] ?? [];
      });
    expect(layouts).toEqual(['separate', 'separate', 'separate']);
  },
);

test('no node of any environment can put a figure among those of Headroom’s functions', () => {
  for (const { name } of EVERY_ENVIRONMENT) {
    const ofNodes = resourcesOf(name).filter(
      ({ Type, logicalId }) =>
        /^AWS::IAM::(Managed)?Policy$/.test(Type) && /^(Nodes|WorkerRole|ControlPlaneRole)/.test(logicalId),
    );
    expect(ofNodes.length).toBeGreaterThan(0);
    const request = {
      ...{ action: 'cloudwatch:PutMetricData', resource: '*' },
      context: { 'cloudwatch:namespace': METRIC_NAMESPACE },
    };
    expect(ofNodes.flatMap(metricStatements).filter((statement) => applies(statement, request))).toEqual([]);
  }
});
