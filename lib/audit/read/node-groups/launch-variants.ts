import type { Fact } from '../../facts';
import { canonical, type Json } from '../json';
import type { Launch } from '../launch';
import { unitedTypes } from './instance-types';
import type { GroupParts } from './read-group';

/** One way in which a group or a fleet starts machines. */
export interface Start {
  readonly launch: Launch;
  readonly types: Fact<readonly string[]>;
}

/** The starts put together where their disks are alike: each makes a node group, `#2`, `#3`, … after the first. */
export const launchVariants = (
  starts: readonly Start[],
): readonly Pick<GroupParts, 'launch' | 'instanceTypes' | 'suffix'>[] => {
  const groups = new Map<string, [Start, ...Start[]]>();
  for (const start of starts) {
    const key = canonical([start.launch.blockDevices, start.launch.image.family] as unknown as Json);
    const alike = groups.get(key);
    if (alike) alike.push(start);
    else groups.set(key, [start]);
  }
  return [...groups.values()].map((alike, index) => ({
    launch: alike[0].launch,
    instanceTypes: unitedTypes(alike.map(({ types }) => types)),
    ...(index > 0 && { suffix: `#${index + 1}` }),
  }));
};
