import { unknown, type Fact } from '../../facts';
import { exchangesNodes } from '../exchanges-nodes';
import { launchConfiguration, launchOf, type Launch } from '../launch';
import type { ReadContext } from '../place';
import type { Resolved } from '../resolved';
import type { Resource } from '../stack-set';
import { listFact, mapFact, numberFact, tagsOf, textFact } from '../values';
import { launchedTypes, overrideTypes } from './instance-types';
import type { LaunchTemplates } from './launch-templates';
import { launchVariants, type Start } from './launch-variants';
import { readGroup, type ReadGroup } from './read-group';

/** One node group, and one more for each override whose own launch template brings other disks. */
export const autoScalingGroup = (
  context: ReadContext,
  templates: LaunchTemplates,
  resource: Resource,
): readonly ReadGroup[] => {
  const { resolver } = context;
  const properties = resolver.properties(resource);
  const mixed = resolver.path(properties, 'MixedInstancesPolicy', 'LaunchTemplate');
  const specification =
    mixed.kind === 'absent'
      ? resolver.field(properties, 'LaunchTemplate')
      : resolver.field(mixed, 'LaunchTemplateSpecification');
  const launch =
    specification.kind === 'absent'
      ? ofInstanceOrConfiguration(context, properties)
      : templates.use(specification);
  const overrides = resolver.field(mixed, 'Overrides');
  const number = (key: string): Fact<number> => numberFact(resolver.field(properties, key));
  const base = { launch, types: launchedTypes(launch, overrideTypes(context, overrides)) };
  const own = overrideStarts(context, templates, overrides, launch);
  const items = resolver.items(overrides);
  // Where each override has a template of its own, nothing starts from the group's.
  const isBaseUsed = items === undefined || 'why' in items || items.length === 0 || own.length < items.length;
  const variants = launchVariants([...(isBaseUsed ? [base] : []), ...own]);
  const open = unknown('the group picks from several launch templates');
  return variants.map((variant) =>
    readGroup(context, {
      ...variant,
      kind: 'auto-scaling-group',
      resource,
      nodes:
        variants.length > 1
          ? { min: open, desired: open, max: open }
          : { min: number('MinSize'), desired: number('DesiredCapacity'), max: number('MaxSize') },
      tags: tagsOf(resolver, resolver.field(properties, 'Tags')),
      exchangesNodes: exchangesNodes(context, resource),
    }),
  );
};

/** Overrides with a launch template of their own. */
const overrideStarts = (
  context: ReadContext,
  templates: LaunchTemplates,
  overrides: Resolved,
  base: Launch,
): readonly Start[] => {
  const { resolver } = context;
  const items = listFact(resolver, overrides);
  if (items.state !== 'known') return [];
  return items.value.flatMap((item): Start[] => {
    const specification = resolver.field(item, 'LaunchTemplateSpecification');
    if (specification.kind === 'absent') return [];
    const launch = templates.use(specification);
    const type = textFact(resolver.field(item, 'InstanceType'));
    const types = launchedTypes(
      launch,
      mapFact(type, (text) => [text]),
    );
    // Whatever its template leaves out is not filled up from the group's.
    return [{ launch: { ...launch, policy: { ...base.policy, ...launch.policy } }, types }];
  });
};

const ofInstanceOrConfiguration = (context: ReadContext, properties: Resolved): Launch => {
  const { resolver } = context;
  const instance = resolver.field(properties, 'InstanceId');
  return instance.kind === 'link'
    ? launchOf(context, resolver.properties(instance.resource))
    : launchConfiguration(context, resolver.field(properties, 'LaunchConfigurationName'));
};
