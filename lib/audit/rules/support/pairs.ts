import type { Facts, NodeGroupFacts } from '../../facts';

/** Node groups of base and head that are the same one. */
export const pairedGroups = (
  base: Pick<Facts, 'nodeGroups'>,
  head: Pick<Facts, 'nodeGroups'>,
): readonly { readonly before: NodeGroupFacts; readonly after: NodeGroupFacts }[] => {
  const before = new Map(base.nodeGroups.map((group) => [group.id, group]));
  return head.nodeGroups.flatMap((after) => {
    const same = before.get(after.id);
    return same === undefined ? [] : [{ before: same, after }];
  });
};
