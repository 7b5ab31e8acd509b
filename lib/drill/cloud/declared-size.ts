import { fields, type Fields, isFields, parseJson, type Variables } from '../../../packages/local-aws/src';

/** Of plan and sweep, as their constructs write them. */
const POLICIES = 'HEADROOM_NODE_GROUP_POLICIES';
const SIZES = 'HEADROOM_DECLARED_SIZES';

/**
 * A function's variables as a deploy would write them, had the group declared another size. The drill's disks are a
 * fraction of what any environment declares, and a drill of a full disk is not to begin with a node that is too small.
 * @param sizeGiB what running nodes of the group must have
 */
export const declaringSize =
  (nodeGroup: string, sizeGiB: number) =>
  (variables: Variables): Variables => {
    const changed = (name: string, change: (value: Fields) => Fields): Variables => {
      const value = variables[name];
      if (value === undefined) return {};
      return { [name]: JSON.stringify(change(fields(parseJson(value, name), name))) };
    };
    return {
      ...variables,
      ...changed(POLICIES, (policies) => {
        const own = policies[nodeGroup];
        return isFields(own) ? { ...policies, [nodeGroup]: { ...own, sizeGiB } } : policies;
      }),
      ...changed(SIZES, (sizes) => (nodeGroup in sizes ? { ...sizes, [nodeGroup]: sizeGiB } : sizes)),
    };
  };
