import type { InstanceFacts } from '../facts';
import { templateResource } from './launch';
import { canonical, isArray, isObject, own, type Json } from './json';
import type { ReadContext } from './place';
import { token, type Resolved } from './resolved';
import type { Resource } from './stack-set';
import { deep, textFact } from './values';

/**
 * Properties of AWS::EC2::Instance whose change always replaces it.
 * Source: `createOnlyProperties` of the resource's schema in the CloudFormation registry, 2026-11.
 */
const REPLACING = [
  'AvailabilityZone',
  'CpuOptions',
  'ElasticGpuSpecifications',
  'ElasticInferenceAccelerators',
  'EnclaveOptions',
  'HibernationOptions',
  'HostResourceGroupArn',
  'ImageId',
  'Ipv6AddressCount',
  'Ipv6Addresses',
  'KeyName',
  'LicenseSpecifications',
  'NetworkInterfaces',
  'PlacementGroupName',
  'PrivateIpAddress',
  'SecurityGroups',
  'SubnetId',
] as const;

/** All of a mapping but `DeleteOnTermination` replaces. Source: the CloudFormation reference of the property. */
const withoutTermination = (mapping: Json): Json => {
  const ebs = own(mapping, 'Ebs');
  if (!isObject(mapping) || !isObject(ebs)) return mapping;
  const rest = Object.entries(ebs).filter(([key]) => key !== 'DeleteOnTermination');
  return { ...mapping, Ebs: Object.fromEntries(rest) };
};

const mappingsText = (value: Json): string =>
  canonical(isArray(value) ? value.map(withoutTermination) : value);

/** Whose change makes another launch template of it, with another id. */
const identity = ({ resolver }: ReadContext, resource: Resource): Json => {
  const name = textFact(resolver.field(resolver.properties(resource), 'LaunchTemplateName'));
  return name.state === 'known' ? `${resource.logicalId} (${name.value})` : resource.logicalId;
};

const templateText = (
  context: ReadContext,
  template: Resource['template'],
  specification: Resolved,
): string => {
  const { resolver } = context;
  const raw = specification.kind === 'plain' ? deep(resolver, template, specification.json) : null;
  const resource = templateResource(context, specification);
  const version = resolver.field(specification, 'Version');
  if ('why' in resource || version.kind !== 'link') {
    const id: Json = 'why' in resource ? {} : { template: identity(context, resource) };
    return canonical({ ...(isObject(raw) ? raw : { raw }), ...id });
  }
  const id = { template: identity(context, resource), version: token(version) };
  // The default version is the first, until somebody changes it by hand.
  if (version.attribute !== 'LatestVersionNumber') return canonical(id);
  const data = own(own(version.resource.json, 'Properties'), 'LaunchTemplateData') ?? null;
  return canonical({ ...id, content: deep(resolver, version.resource.template, data) });
};

/** What replaces an instance, as text: a change of any of these ends the machine. */
export const replacingOf = (context: ReadContext, resource: Resource): InstanceFacts['replacing'] => {
  const { resolver } = context;
  const { template } = resource;
  const properties = resolver.properties(resource);
  if (properties.kind !== 'plain') return {};
  const text = (key: string, write: (value: Json) => string): [string, string][] => {
    const json = own(properties.json, key);
    if (json === undefined || resolver.resolve(template, json).kind === 'absent') return [];
    return [[key, write(deep(resolver, template, json))]];
  };
  const specification = resolver.field(properties, 'LaunchTemplate');
  return Object.fromEntries([
    ...REPLACING.flatMap((key) =>
      text(key, (value) => (typeof value === 'string' ? value : canonical(value))),
    ),
    ...text('BlockDeviceMappings', mappingsText),
    ...(specification.kind === 'absent'
      ? []
      : [['LaunchTemplate', templateText(context, template, specification)] as const]),
  ]);
};
