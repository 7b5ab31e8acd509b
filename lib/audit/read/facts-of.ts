import { absent, type Fact, type Facts, type StackFacts, type Unreadable, type VolumeFacts } from '../facts';
import { agentsOf } from './agents';
import { withComposites } from './composite-alarms';
import { eventRulesOf } from './event-rules';
import { EXISTING_GROUP, existingGroupName, existingInstanceIds } from './node-groups/existing-group';
import { isArray, isObject, own, ownObject, ownText } from './json';
import { readMetadata, suppressionsOf, templateMetadata } from './metadata';
import { nodeGroupsOf } from './node-groups/node-groups';
import { placeOf, type ReadContext } from './place';
import { Resolver } from './resolver';
import { StackSet, type Resource } from './stack-set';
import type { LoadedTemplates, ReadOptions, Template } from './template';
import { topicsOf } from './topics';
import { booleanFact, listFact, numberFact, textFact } from './values';
import { Watched } from './watches';

/** Macros of AWS's own that leave resources as they stand. */
const HARMLESS = new Set([
  'AWS::LanguageExtensions',
  'AWS::Serverless-2016-10-31',
  'AWS::CodeDeployBlueGreen',
  'AWS::SecretsManager-2020-07-23',
  'AWS::SecretsManager-2024-09-16',
]);

/** Macros that may rewrite whatever the audit reads, and loops over resources. */
const rewritten = ({ file, body }: Template): Unreadable[] => {
  const transform = own(body, 'Transform');
  const macros = (isArray(transform) ? transform : [transform]).flatMap((item) =>
    typeof item === 'string' ? [item] : isObject(item) ? [ownText(item, 'Name') ?? 'of no name'] : [],
  );
  const why = (what: string): Unreadable => ({ file, why: what });
  return [
    ...macros
      .filter((name) => !HARMLESS.has(name))
      .map((name) =>
        why(`the macro ${name} may rewrite this template at deployment; what follows is how it stands`),
      ),
    ...Object.keys(ownObject(body, 'Resources') ?? {})
      .filter((key) => key.startsWith('Fn::'))
      .map((key) => why(`${key} makes resources at deployment, and they are not audited`)),
  ];
};

/** `Volumes` of an instance attaches them too. */
const deviceOfInstance = (
  { resolver }: ReadContext,
  volume: Resource,
  instances: readonly Resource[],
): Fact<string> => {
  for (const instance of instances) {
    const attached = listFact(resolver, resolver.field(resolver.properties(instance), 'Volumes'));
    for (const item of attached.state === 'known' ? attached.value : []) {
      const id = resolver.field(item, 'VolumeId');
      if (id.kind === 'link' && id.resource === volume) return textFact(resolver.field(item, 'Device'));
    }
  }
  return absent;
};

const volumeOf = (
  context: ReadContext,
  resource: Resource,
  attachments: readonly Resource[],
  instances: readonly Resource[],
): VolumeFacts => {
  const { resolver } = context;
  const properties = resolver.properties(resource);
  const attachment = attachments.find((candidate) => {
    const volume = resolver.field(resolver.properties(candidate), 'VolumeId');
    return volume.kind === 'link' && volume.resource === resource;
  });
  const field = (key: string) => resolver.field(properties, key);
  return {
    place: placeOf(context, resource),
    device: {
      deviceName: attachment
        ? textFact(resolver.field(resolver.properties(attachment), 'Device'))
        : deviceOfInstance(context, resource, instances),
      sizeGiB: numberFact(field('Size')),
      volumeType: textFact(field('VolumeType')),
      iops: numberFact(field('Iops')),
      throughputMiBps: numberFact(field('Throughput')),
      encrypted: booleanFact(field('Encrypted')),
      snapshotId: textFact(field('SnapshotId')),
      ebs: true,
    },
  };
};

const stackOf = (template: Template): StackFacts => ({
  file: template.file,
  name: template.stackName,
  region: template.region,
  account: template.account,
  resourceCount: Object.keys(ownObject(template.body, 'Resources') ?? {}).length,
});

/** What templates say, with no CloudFormation left in it. Pure: the same templates give the same facts. */
export const factsOf = ({ templates, unreadable }: LoadedTemplates, options: ReadOptions = {}): Facts => {
  const stacks = new StackSet(templates, options);
  const resolver = new Resolver(stacks);
  const context: ReadContext = { resolver, unreadable: [...unreadable, ...templates.flatMap(rewritten)] };
  const resources = templates.flatMap((template) =>
    [...stacks.resourcesOf(template).values()].filter((resource) => resolver.exists(resource)),
  );
  for (const resource of resources)
    for (const mistake of readMetadata(resolver, resource).mistakes)
      context.unreadable.push({ file: resource.template.file, why: `${resource.logicalId}: ${mistake}` });
  const ofTemplates = templates.map((template) => {
    const { suppressions, mistakes } = templateMetadata(resolver, template);
    for (const why of mistakes) context.unreadable.push({ file: template.file, why });
    return suppressions;
  });
  const groups = nodeGroupsOf(context, resources);
  const watched = new Watched(groups, {
    nameOf: (group) =>
      group.type === EXISTING_GROUP
        ? existingGroupName(context, group)
        : textFact(resolver.field(resolver.properties(group), 'AutoScalingGroupName')),
    instanceIdsOf: (group) => (group.type === EXISTING_GROUP ? existingInstanceIds(context, group) : absent),
  });
  const ofType = (type: string): readonly Resource[] =>
    resources.filter((resource) => resource.type === type);
  const attachments = ofType('AWS::EC2::VolumeAttachment');
  const instances = ofType('AWS::EC2::Instance');
  return {
    stacks: templates.map(stackOf),
    nodeGroups: groups.map(({ facts }) => facts),
    volumes: ofType('AWS::EC2::Volume').map((resource) =>
      volumeOf(context, resource, attachments, instances),
    ),
    alarms: withComposites(context, resources, watched),
    agents: agentsOf(context, resources, groups),
    eventRules: ofType('AWS::Events::Rule').flatMap((resource) => eventRulesOf(context, resource)),
    topics: topicsOf(context, resources),
    suppressions: [
      ...ofTemplates.flat(),
      ...resources.flatMap((resource) => suppressionsOf(resolver, resource)),
    ],
    unreadable: context.unreadable,
  };
};
