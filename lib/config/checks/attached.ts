import type { Check } from './reader';

/**
 * With `nodeRoleNames` Headroom attaches the policy of all nodes. What control-plane nodes alone may do is in other
 * policies, which would then be attached to no role: they could no longer measure, or save etcd. A file that names no role at all has
 * every policy attached by hand.
 */
export const rolesOfControlPlane: Check = ({ isAttached, controlPlaneAt, list, raw, text }) => {
  const existing = controlPlaneAt.slice(0, -1);
  const path = [...controlPlaneAt, 'nodeRoleNames'];
  const reasons = [
    ...(text([...existing, 'metricNamespaces']) === 'separate'
      ? [
          'cluster.existing.metricNamespaces is separate, and only these roles may then report as control planes',
        ]
      : []),
    ...(raw(['protect', 'etcdSnapshots']) === undefined
      ? []
      : ['protect.etcdSnapshots saves etcd, and only these roles may then save it']),
  ];
  if (!isAttached || raw(controlPlaneAt) === undefined || reasons.length === 0) return [];
  if (list([...existing, 'nodeRoleNames']).length === 0 || list(path).length > 0) return [];
  return [
    {
      path,
      rule: `name at least one role when cluster.existing.nodeRoleNames is set, since ${reasons.join('; ')}`,
      found: raw(path),
      fix: 'write the instance roles of the control-plane nodes, which no worker has, e.g. nodeRoleNames: [masters.prod.example.com]',
    },
  ];
};

export const someNodes: Check = (read) =>
  read.isAttached && read.raw(read.groupsAt) !== undefined && read.groups().length === 0
    ? read.raw(read.controlPlaneAt) === undefined
      ? [
          {
            path: read.groupsAt,
            rule: 'name at least one group where cluster.existing has no controlPlane',
            found: read.raw(read.groupsAt),
            fix: 'name the Auto Scaling groups whose nodes are looked after, or the controlPlane',
          },
        ]
      : []
    : [];

/** A node is in one group: its alarms and its cap are that group's. */
export const groupsApart: Check = ({ groups, groupsAt, text, isAttached }) => {
  const nameOf = (group: string): string | undefined => text([...groupsAt, group, 'autoScalingGroupName']);
  return (isAttached ? groups() : []).flatMap((group, index, all) => {
    const name = nameOf(group);
    const other = all.slice(0, index).find((before) => nameOf(before) === name);
    if (name === undefined || other === undefined) return [];
    const path = [...groupsAt, group, 'autoScalingGroupName'];
    const rule = `be of one group only (${other} has it too)`;
    return [{ path, rule, found: name, fix: 'write another Auto Scaling group, or remove one of the two' }];
  });
};

export const protectsControlPlanes: Check = ({ isAttached, controlPlaneAt, raw }) =>
  isAttached && raw(['protect']) !== undefined && raw(controlPlaneAt) === undefined
    ? [
        {
          path: ['protect'],
          rule: 'be left out where cluster.existing has no controlPlane, since only control planes are protected',
          found: raw(['protect']),
          fix: 'remove the key, or name the instances in cluster.existing.controlPlane',
          atKey: true,
        },
      ]
    : [];
