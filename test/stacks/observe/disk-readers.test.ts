import { diskMetricDimensions, diskReporter } from '../../../lib/domain/names/disk-metric';
import { separateNamespaces } from '../../../lib/domain/names/metric-namespaces';
import { AUTO_SCALING_GROUP_TAG, NODE_ROLES, TAGS } from '../../../lib/domain/names/naming';
import { agentSeries } from '../../../packages/local-aws/src';
import type { NodeInstance } from '../../../lib/drill/cloud/node-fleet';
import { agentConfiguration, controlPlaneDiskDimensions } from '../../../lib/stacks/observe/disk-metrics';
import { INSTANCE } from '../../domain/fixtures';

const NAMESPACES = separateNamespaces('prod');
const GROUP = 'master-eu-central-1a.masters.prod.example.com';

/** A node as its tags tell, and the series that its agent sends of `/` by the configuration of its role. */
const node = (role: (typeof NODE_ROLES)[number], autoScalingGroupName: string | undefined) => {
  const tags = {
    [TAGS.role]: role,
    [TAGS.nodeGroup]: role === 'worker' ? 'general' : 'control-plane',
    ...(autoScalingGroupName !== undefined && { [AUTO_SCALING_GROUP_TAG]: autoScalingGroupName }),
  };
  const instance = { instanceId: INSTANCE, role, tags, autoScalingGroupName } as unknown as NodeInstance;
  const configuration = JSON.parse(JSON.stringify(agentConfiguration(role, NAMESPACES[role]))) as Record<
    string,
    unknown
  >;
  const mount = { path: '/', fsType: 'ext4', device: '/dev/nvme0n1p1' };
  return { tags, sent: agentSeries(configuration, instance, mount) };
};

describe.each(NODE_ROLES)('%s', (role) => {
  test.each([
    ['in an Auto Scaling group', GROUP],
    ['in none', undefined],
  ])('a node %s is read in the namespace and by exactly the dimensions that its agent sends', (_, group) => {
    const { tags, sent } = node(role, group);
    const reporter = diskReporter(INSTANCE, tags, NAMESPACES);
    expect(sent.map(({ namespace, dimensions }) => ({ namespace, dimensions }))).toContainEqual({
      namespace: reporter.namespace,
      dimensions: diskMetricDimensions(reporter, 'ext4'),
    });
  });
});

test('the alarm of a control-plane node inside an Auto Scaling group sees its series', () => {
  expect(node('control-plane', GROUP).sent.map(({ dimensions }) => dimensions)).toEqual(
    expect.arrayContaining([controlPlaneDiskDimensions(INSTANCE, 'ubuntu-24.04')]),
  );
});

test('a node without a role is told by its group, and cannot be taken for a control plane by an absent tag', () => {
  const roleOf = (tags: Record<string, string>) => diskReporter(INSTANCE, tags, NAMESPACES).role;
  expect(roleOf({ [TAGS.nodeGroup]: 'control-plane' })).toBe('control-plane');
  expect(roleOf({ [TAGS.nodeGroup]: 'general' })).toBe('worker');
  expect(roleOf({})).toBe('worker');
});
