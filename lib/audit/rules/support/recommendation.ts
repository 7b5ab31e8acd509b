import { sizingOf } from '../../figures';
import type { NodeGroupFacts } from '../../facts';

/** Initial size that a node's root volume needs, as docs/sizing.md adds it up. GiB. undefined: its role is not known, or it is Windows. */
export const recommendedGiB = (group: NodeGroupFacts): number | undefined => sizingOf(group)?.recommendedGiB;
