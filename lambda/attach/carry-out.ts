import type { AttachDecision } from '../../lib/domain/attach/attach';
import type { Log } from '../shared/log';
import { describeError } from '../../lib/aws/errors';
import type { AttachClient } from './attach.client';

/** EC2 takes 1,000; one refusal refuses them all. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html */
const RESOURCES_PER_CALL = 100;

/** Does all of it, one failure holding up no other. @returns what failed, in words */
export const carryOut = async (
  client: AttachClient,
  { tag, untag }: AttachDecision,
  log: Log,
): Promise<readonly string[]> => {
  const failures: string[] = [];
  const attempt = async (what: string, work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      log.info(what);
      return true;
    } catch (error) {
      const why = describeError(error);
      log.warn('failed', { what, why });
      failures.push(`${what}: ${why}`);
      return false;
    }
  };
  /** Together, and one by one where that is refused: a node that ended meanwhile must not keep the others waiting. */
  const each = async (
    resourceIds: readonly string[],
    verb: string,
    work: (ids: readonly string[]) => Promise<void>,
  ): Promise<void> => {
    for (let first = 0; first < resourceIds.length; first += RESOURCES_PER_CALL) {
      const some = resourceIds.slice(first, first + RESOURCES_PER_CALL);
      if (some.length > 1) {
        const before = failures.length;
        if (await attempt(`${verb} ${some.join(', ')}`, () => work(some))) continue;
        failures.length = before;
      }
      for (const id of some) await attempt(`${verb} ${id}`, () => work([id]));
    }
  };

  for (const [text, ids] of alike(tag, ({ tags }) => tags)) {
    const tags = JSON.parse(text) as Record<string, string>;
    await each(ids, 'tag', (some) => client.tag(some, tags));
  }
  for (const [text, ids] of alike(untag, ({ keys }) => keys)) {
    const keys = JSON.parse(text) as string[];
    await each(ids, 'untag', (some) => client.untag(some, keys));
  }
  return failures;
};

/** What is to be done with them, as JSON → the resources that it is to be done with. */
const alike = <T extends { readonly resourceId: string }>(
  items: readonly T[],
  what: (item: T) => unknown,
): ReadonlyMap<string, readonly string[]> => {
  const groups = new Map<string, string[]>();
  for (const item of items) {
    const key = JSON.stringify(what(item));
    groups.set(key, [...(groups.get(key) ?? []), item.resourceId]);
  }
  return groups;
};
