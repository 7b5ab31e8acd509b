import type { Fact, NodeGroupFacts } from './facts';
import type { NodeGroupReview } from './report-model';

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const text = (fact: Fact<unknown>): string => {
  if (fact.state === 'unknown') return '?';
  if (fact.state === 'absent') return 'none';
  return Array.isArray(fact.value) ? fact.value.join(', ') : String(fact.value);
};

const ofRoot = (
  { rootVolume }: NodeGroupFacts,
  key: 'deviceName' | 'volumeType' | 'iops' | 'throughputMiBps' | 'encrypted',
): Fact<unknown> => (rootVolume.state === 'known' ? rootVolume.value[key] : rootVolume);

/** What has no column in the reports. */
const TRAITS: readonly (readonly [string, (group: NodeGroupFacts) => Fact<unknown>])[] = [
  ['nodes at least', ({ nodes }) => nodes.min],
  ['nodes at most', ({ nodes }) => nodes.max],
  ['instance type', ({ instanceTypes }) => instanceTypes],
  ['operating system', ({ image }) => image.family],
  ['root device', (group) => ofRoot(group, 'deviceName')],
  ['volume type', (group) => ofRoot(group, 'volumeType')],
  ['IOPS', (group) => ofRoot(group, 'iops')],
  ['MiB/s', (group) => ofRoot(group, 'throughputMiBps')],
  ['encrypted', (group) => ofRoot(group, 'encrypted')],
  ['IMDSv2 required', ({ imdsV2Required }) => imdsV2Required],
];

/** What becomes another one besides the figures, a few words each. */
export const changesOf = (before: NodeGroupFacts, after: NodeGroupFacts): string[] => [
  ...TRAITS.flatMap(([name, of]) => {
    const [old, now] = [text(of(before)), text(of(after))];
    return old === now ? [] : [`${name} ${old} → ${now}`];
  }),
  // Names and scripts are too long for a sentence.
  ...(same(before.image.family, after.image.family) && !same(before.image.id, after.image.id)
    ? ['image']
    : []),
  ...(same(before.userData, after.userData) ? [] : ['user data']),
  ...(same(before.policy.diskLevels, after.policy.diskLevels) ? [] : ['disk levels']),
];

const launched = ({
  instanceTypes,
  image,
  blockDevices,
  rootVolume,
  imdsV2Required,
  userData,
}: NodeGroupFacts) => ({ instanceTypes, image, blockDevices, rootVolume, imdsV2Required, userData });

/**
 * What a change does to the nodes that run.
 *
 * @param replaced ids of the groups of whose instances one is replaced
 */
export const replacementOf = (
  before: NodeGroupFacts,
  after: NodeGroupFacts,
  replaced: ReadonlySet<string>,
): NonNullable<NodeGroupReview['replacement']> => {
  if (replaced.has(after.id)) return 'replaced';
  if (same(launched(before), launched(after))) return 'none';
  // Each single instance has been compared: what would replace it is unchanged.
  if (after.kind === 'instance') return 'new-nodes-only';
  const exchanges = after.exchangesNodes;
  if (exchanges?.state !== 'known') return 'unknown';
  return exchanges.value ? 'rolling' : 'new-nodes-only';
};
