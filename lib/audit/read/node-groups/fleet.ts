import { absent, unknown } from '../../facts';
import { NO_LAUNCH, launchOf, unknownLaunch } from '../launch';
import type { ReadContext } from '../place';
import type { Resolved } from '../resolved';
import type { Resource } from '../stack-set';
import { listFact, numberFact } from '../values';
import { launchedTypes, overrideTypes } from './instance-types';
import type { LaunchTemplates } from './launch-templates';
import { launchVariants, type Start } from './launch-variants';
import { readGroup, type ReadGroup } from './read-group';

/** An EC2 or Spot fleet: one node group for each set of disks that it starts machines with. */
export const fleet = (
  context: ReadContext,
  templates: LaunchTemplates,
  resource: Resource,
): readonly ReadGroup[] => {
  const { resolver } = context;
  const properties = resolver.properties(resource);
  const request = resolver.field(properties, 'SpotFleetRequestConfigData');
  const [from, capacity] =
    request.kind === 'absent'
      ? [properties, resolver.path(properties, 'TargetCapacitySpecification', 'TotalTargetCapacity')]
      : [request, resolver.field(request, 'TargetCapacity')];
  const starts = startsOf(context, templates, from);
  const variants = launchVariants(starts.length > 0 ? starts : [{ launch: NO_LAUNCH, types: absent }]);
  const nodes =
    variants.length > 1 ? unknown('a fleet picks from several launch specifications') : numberFact(capacity);
  return variants.map((variant) =>
    readGroup(context, {
      ...variant,
      kind: 'fleet',
      resource,
      nodes: { min: nodes, desired: nodes, max: nodes },
    }),
  );
};

/** Of a fleet's `LaunchSpecifications` and `LaunchTemplateConfigs`; a list that is unknown is one start that is. */
const startsOf = (context: ReadContext, templates: LaunchTemplates, request: Resolved): readonly Start[] => {
  const { resolver } = context;
  const starts: Start[] = [];
  const each = (key: string): readonly Resolved[] => {
    const items = listFact(resolver, resolver.field(request, key));
    if (items.state === 'unknown')
      starts.push({ launch: unknownLaunch(items.why), types: unknown(items.why) });
    return items.state === 'known' ? items.value : [];
  };
  for (const item of each('LaunchSpecifications')) {
    const launch = launchOf(context, item);
    starts.push({ launch, types: launchedTypes(launch) });
  }
  for (const item of each('LaunchTemplateConfigs')) {
    const launch = templates.use(resolver.field(item, 'LaunchTemplateSpecification'));
    const types = overrideTypes(context, resolver.field(item, 'Overrides'));
    starts.push({ launch, types: launchedTypes(launch, types) });
  }
  return starts;
};
