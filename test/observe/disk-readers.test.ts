import { diskMetricDimensions, diskReporter } from '../../lib/domain/disk-metric';
import { AUTO_SCALING_GROUP_TAG, NODE_ROLES, TAGS } from '../../lib/domain/naming';
import { agentSeries } from '../../lib/drill/cloud/node-metrics';
import type { ModelledInstance } from '../../lib/drill/cloud/fleet';
import { agentConfiguration, controlPlaneDiskDimensions } from '../../lib/observe/disk-metrics';
import { INSTANCE } from '../domain/fixtures';

const GROUP = 'master-eu-central-1a.masters.prod.example.com';

/** A node as its tags tell, and the series that its agent sends of `/` by the configuration of its role. */
const node = (role: (typeof NODE_ROLES)[number], autoScalingGroupName: string | undefined) => {
  const tags = {
    [TAGS.role]: role,
    [TAGS.nodeGroup]: role === 'worker' ? 'general' : 'control-plane',
    ...(autoScalingGroupName !== undefined && { [AUTO_SCALING_GROUP_TAG]: autoScalingGroupName }),
  };
  const instance = { instanceId: INSTANCE, role, tags, autoScalingGroupName } as unknown as ModelledInstance;
  const configuration = JSON.parse(JSON.stringify(agentConfiguration(role))) as Record<string, unknown>;
  const mount = { path: '/', fsType: 'ext4', device: '/dev/nvme0n1p1' };
  return { tags, sent: agentSeries(configuration, instance, mount).map(({ dimensions }) => dimensions) };
};

describe.each(NODE_ROLES)('%s', (role) => {
  test.each([
    ['in an Auto Scaling group', GROUP],
    ['in none', undefined],
  ])('a node %s is read by exactly the dimensions that its agent sends', (_, group) => {
    const { tags, sent } = node(role, group);
    expect(sent).toContainEqual(diskMetricDimensions(diskReporter(INSTANCE, tags), 'ext4'));
  });
});

test('the alarm of a control-plane node inside an Auto Scaling group sees its series', () => {
  expect(node('control-plane', GROUP).sent).toEqual(
    expect.arrayContaining([controlPlaneDiskDimensions(INSTANCE, 'ubuntu-24.04')]),
  );
});

test('a node without a role is told by its group', () => {
  expect(diskReporter(INSTANCE, { [TAGS.nodeGroup]: 'control-plane' }).role).toBe('control-plane');
  expect(diskReporter(INSTANCE, { [TAGS.nodeGroup]: 'general' }).role).toBe('worker');
  expect(diskReporter(INSTANCE, {}).role).toBe('worker');
});
