import { sizingOf } from '../../figures';
import type { NodeGroupFacts } from '../../facts';

/** What a node's root volume should be born with, as docs/sizing.md adds it up. GiB. undefined: its role is not known, or it is Windows. */
export const recommendedGiB = (group: NodeGroupFacts): number | undefined => sizingOf(group)?.recommendedGiB;
