import type { Check } from './cross-field';

/**
 * With `nodeRoleNames` Headroom attaches the policy of all nodes. What control-plane nodes alone may do is in policies of their
 * own, which would then be attached to no role: they could no longer measure, or save etcd. A file that names no role at all has
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
