import type { NodeGroupFacts } from '../facts';

/**
 * What a node's root volume should be born with. GiB. undefined: its role is not known.
 * kops' defaults: https://kops.sigs.k8s.io/instance_groups/#rootvolume
 */
export const recommendedGiB = ({ role }: NodeGroupFacts): number | undefined =>
  role === 'unknown' ? undefined : { 'control-plane': 64, worker: 128 }[role];
