import { absent, known, type Fact } from '../../facts';
import { isObject, own } from '../json';
import type { Launch } from '../launch';
import type { ReadContext } from '../place';
import type { Resolved } from '../resolved';
import { allKnown, listFact, mapFact, textFact } from '../values';

/** Those of the group itself, else the one of its launch. */
export const launchedTypes = (
  launch: Launch,
  ofGroup: Fact<readonly string[]> = absent,
): Fact<readonly string[]> =>
  ofGroup.state === 'absent' ? mapFact(launch.instanceType, (type) => [type]) : ofGroup;

/** Every type of all lists, once. */
export const unitedTypes = (lists: readonly Fact<readonly string[]>[]): Fact<readonly string[]> =>
  mapFact(allKnown(lists), (known) => [...new Set(known.flat())]);

/** `InstanceType` of overrides, but for those with a launch template of their own. */
export const overrideTypes = (context: ReadContext, overrides: Resolved): Fact<readonly string[]> => {
  const items = listFact(context.resolver, overrides);
  if (items.state !== 'known') return items;
  const isOfBase = (item: Resolved): boolean =>
    item.kind !== 'plain' || own(item.json, 'LaunchTemplateSpecification') === undefined;
  const types = items.value
    .filter(isOfBase)
    .map((item) =>
      item.kind === 'plain' && isObject(item.json) && own(item.json, 'InstanceType') === undefined
        ? absent
        : textFact(context.resolver.field(item, 'InstanceType')),
    );
  const hole = types.find(({ state }) => state === 'unknown');
  if (hole?.state === 'unknown') return hole;
  const found = types.flatMap((type) => (type.state === 'known' ? [type.value] : []));
  return found.length > 0 ? known(found) : absent;
};
