import {
  absent,
  unknown,
  type BlockDevice,
  type DeclaredPolicy,
  type Fact,
  type ImageFamily,
  type Place,
} from '../facts';
import { blockDevices, mergedDevices } from './block-devices';
import { imageFamily } from './image-family';
import { own } from './json';
import { readMetadata } from './metadata';
import { placeOf, type ReadContext } from './place';
import type { Resolved } from './resolved';
import type { Resource } from './stack-set';
import { looseText, mapFact, tagsOf, textFact } from './values';

/** What a machine is born with, from an instance, a launch template, a launch configuration, or several of them. */
export interface Launch {
  readonly place?: Place;
  readonly resource?: Resource;
  readonly image: { readonly family: Fact<ImageFamily>; readonly id: Fact<string> };
  readonly blockDevices: Fact<readonly BlockDevice[]>;
  readonly instanceType: Fact<string>;
  readonly imdsV2Required: Fact<boolean>;
  readonly userData: Fact<string>;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy: DeclaredPolicy;
}

export const NO_LAUNCH: Launch = {
  image: { family: absent, id: absent },
  blockDevices: absent,
  instanceType: absent,
  imdsV2Required: absent,
  userData: absent,
  tags: {},
  policy: {},
};

export const unknownLaunch = (why: string): Launch => ({
  ...NO_LAUNCH,
  image: { family: unknown(why), id: unknown(why) },
  blockDevices: unknown(why),
  instanceType: unknown(why),
  imdsV2Required: unknown(why),
  userData: unknown(why),
});

/** Properties that instances, launch templates' data, launch configurations and launch specifications share. */
export const launchOf = ({ resolver }: ReadContext, data: Resolved): Launch => {
  if (data.kind === 'absent') return NO_LAUNCH;
  if (data.kind !== 'plain') return unknownLaunch(data.kind === 'unknown' ? data.why : 'it is no mapping');
  const { template, json } = data;
  const image = resolver.field(data, 'ImageId');
  const imageJson = own(json, 'ImageId');
  const tokens = textFact(resolver.path(data, 'MetadataOptions', 'HttpTokens'));
  const specifications = resolver.items(resolver.field(data, 'TagSpecifications'));
  const ofInstances =
    specifications === undefined || 'why' in specifications
      ? []
      : specifications.filter((item) => {
          const type = textFact(resolver.field(item, 'ResourceType'));
          return type.state === 'known' && type.value === 'instance';
        });
  return {
    ...NO_LAUNCH,
    image: { family: imageFamily(resolver, template, imageJson, image), id: textFact(image) },
    blockDevices: blockDevices(resolver, resolver.field(data, 'BlockDeviceMappings')),
    instanceType: textFact(resolver.field(data, 'InstanceType')),
    imdsV2Required: mapFact(tokens, (text) => text === 'required'),
    userData: looseText(resolver, template, own(json, 'UserData')),
    tags: Object.assign(
      Object.fromEntries([]) as Record<string, string>,
      ...ofInstances.map((item) => tagsOf(resolver, resolver.field(item, 'Tags'))),
    ) as Record<string, string>,
  };
};

const over = <T>(base: Fact<T>, own: Fact<T>): Fact<T> => (own.state === 'absent' ? base : own);

/** What an instance declares itself holds against its launch template. */
export const merged = (base: Launch, own: Launch): Launch => ({
  ...base,
  image: own.image.id.state === 'absent' && own.image.family.state === 'absent' ? base.image : own.image,
  blockDevices: mergedDevices(base.blockDevices, own.blockDevices),
  instanceType: over(base.instanceType, own.instanceType),
  imdsV2Required: over(base.imdsV2Required, own.imdsV2Required),
  userData: over(base.userData, own.userData),
  tags: { ...base.tags, ...own.tags },
  policy: { ...base.policy, ...own.policy },
});

const ofResource = (context: ReadContext, resource: Resource, data: Resolved): Launch => ({
  ...launchOf(context, data),
  place: placeOf(context, resource),
  resource,
  policy: readMetadata(context.resolver, resource).policy,
});

export const launchTemplate = (context: ReadContext, resource: Resource): Launch =>
  ofResource(
    context,
    resource,
    context.resolver.field(context.resolver.properties(resource), 'LaunchTemplateData'),
  );

/** The launch template that a specification means, by id or by name, where it is in the templates. */
export const templateResource = (
  { resolver }: ReadContext,
  specification: Resolved,
): Resource | { readonly why: string } => {
  const id = ['LaunchTemplateId', 'Id']
    .map((key) => resolver.field(specification, key))
    .find((it) => it.kind !== 'absent');
  if (id?.kind === 'link') return id.resource;
  if (id?.kind === 'unknown') return { why: id.why };
  const nameValue = ['LaunchTemplateName', 'Name']
    .map((key) => resolver.field(specification, key))
    .find((it) => it.kind !== 'absent');
  if (nameValue?.kind === 'link') return nameValue.resource;
  const name = nameValue && textFact(nameValue);
  if (name?.state === 'known' && nameValue?.kind === 'plain') {
    for (const template of resolver.stacks.templates)
      for (const resource of resolver.stacks.resourcesOf(template).values()) {
        if (resource.type !== 'AWS::EC2::LaunchTemplate') continue;
        const own = textFact(resolver.field(resolver.properties(resource), 'LaunchTemplateName'));
        if (own.state === 'known' && own.value === name.value) return resource;
      }
  }
  if (name?.state === 'unknown') return { why: name.why };
  return { why: 'its launch template is not among these templates' };
};

/** A `LaunchTemplate` property. */
export const launchFromSpecification = (context: ReadContext, specification: Resolved): Launch => {
  if (specification.kind === 'absent') return NO_LAUNCH;
  if (specification.kind === 'unknown') return unknownLaunch(specification.why);
  const resource = templateResource(context, specification);
  return 'why' in resource ? unknownLaunch(resource.why) : launchTemplate(context, resource);
};

/** A `LaunchConfigurationName` property. */
export const launchConfiguration = (context: ReadContext, name: Resolved): Launch => {
  if (name.kind === 'absent') return NO_LAUNCH;
  if (name.kind !== 'link')
    return unknownLaunch(
      name.kind === 'unknown' ? name.why : 'its launch configuration is not among these templates',
    );
  return ofResource(context, name.resource, context.resolver.properties(name.resource));
};
