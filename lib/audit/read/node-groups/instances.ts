import { known, type NodeGroupFacts } from '../../facts';
import { canonical, type Json } from '../json';
import { launchOf, merged } from '../launch';
import { placeOf, type ReadContext } from '../place';
import { replacingOf } from '../replacing';
import type { Resource } from '../stack-set';
import { tagsOf } from '../values';
import { launchedTypes, unitedTypes } from './instance-types';
import type { LaunchTemplates } from './launch-templates';
import { declaredGroup, readGroup, type ReadGroup } from './read-group';

const ONE: NodeGroupFacts['nodes'] = { min: known(1), desired: known(1), max: known(1) };

/** Instances that say which node group they are of, and are born alike, are one group; any other is one by itself. */
export const instanceGroups = (
  context: ReadContext,
  templates: LaunchTemplates,
  instances: readonly Resource[],
): readonly ReadGroup[] => {
  const groups = new Map<string, ReadGroup>();
  for (const resource of instances) {
    const group = instance(context, templates, resource);
    const { facts } = group;
    const name = declaredGroup(facts);
    if (name === undefined) {
      groups.set(`${facts.place.file}\n${facts.id}`, group);
      continue;
    }
    const born = canonical([facts.rootVolume, facts.image.family] as unknown as Json);
    const key = [facts.place.file, facts.place.stackName, name, born].join('\n');
    groups.set(key, together(name, groups.get(key), group));
  }
  return [...groups.values()];
};

const instance = (context: ReadContext, templates: LaunchTemplates, resource: Resource): ReadGroup => {
  const { resolver } = context;
  const properties = resolver.properties(resource);
  const launch = merged(
    templates.use(resolver.field(properties, 'LaunchTemplate')),
    launchOf(context, properties),
  );
  return readGroup(context, {
    kind: 'instance',
    resource,
    launch,
    nodes: ONE,
    instanceTypes: launchedTypes(launch),
    tags: tagsOf(resolver, resolver.field(properties, 'Tags')),
    instances: [{ place: placeOf(context, resource), replacing: replacingOf(context, resource) }],
  });
};

/** All else than what is counted or put together is that of the first instance. */
const together = (name: string, before: ReadGroup | undefined, { facts, ...group }: ReadGroup): ReadGroup => {
  const members = [...(before?.facts.instances ?? []), ...facts.instances];
  const count = known(members.length);
  return {
    facts: {
      ...(before?.facts ?? facts),
      id: `${facts.place.stackName}/${name}`,
      nodes: { min: count, desired: count, max: count },
      instances: members,
      instanceTypes: before
        ? unitedTypes([before.facts.instanceTypes, facts.instanceTypes])
        : facts.instanceTypes,
    },
    resources: [...(before?.resources ?? []), ...group.resources],
    boot: before?.boot ?? group.boot,
    born: [...new Set([...(before?.born ?? []), ...group.born])],
    clusters: [...(before?.clusters ?? []), ...group.clusters],
  };
};
