import { isInGroup } from '../../lib/domain/plan/node-standing';
import { describeError } from '../../lib/aws/errors';

/**
 * What the instance's Auto Scaling group says of it. undefined: it is in none, or Auto Scaling does not answer, which stops
 * nothing: the node then counts as EC2 says.
 * @param silent called with the reason when Auto Scaling does not answer
 */
export const lifecycleOf = async (
  client: { readonly lifecycle: (instanceId: string) => Promise<string | undefined> },
  instanceId: string,
  instance: Parameters<typeof isInGroup>[0],
  silent: (why: string) => void = () => undefined,
): Promise<string | undefined> => {
  if (!isInGroup(instance)) return undefined;
  try {
    return await client.lifecycle(instanceId);
  } catch (error) {
    silent(describeError(error));
    return undefined;
  }
};
