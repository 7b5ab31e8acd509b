import { absent, known, unknown, type AgentFacts, type Fact, type NodeGroupFacts } from '../facts';
import {
  agentConfiguration,
  configurationInScript,
  isAgentConfiguration,
  parseJson,
} from './agent-configuration';
import type { ReadGroup } from './node-groups';
import { placeOf, type ReadContext } from './place';
import type { Resolved } from './resolver';
import type { Resource } from './stack-set';
import { listFact, looseText, textFact } from './values';
import { own } from './json';

const AGENT_NAME = /cloudwatch-?agent/i;

type Users = Fact<readonly string[]>;

/** Whether an association's target takes a group in. */
const takes = (key: string, values: readonly string[], tags: NodeGroupFacts['tags']): boolean => {
  const name = /^tag:(.+)$/.exec(key)?.[1];
  if (name !== undefined) return Object.hasOwn(tags, name) && values.includes(tags[name] ?? '');
  return key === 'tag-key' ? values.some((value) => Object.hasOwn(tags, value)) : false;
};

/** Node groups that an association brings its configuration to. */
const targeted = ({ resolver }: ReadContext, association: Resource, groups: readonly ReadGroup[]): Users => {
  const properties = resolver.properties(association);
  const targets = listFact(resolver, resolver.field(properties, 'Targets'));
  if (targets.state !== 'known') return targets.state === 'absent' ? known([]) : targets;
  let left = groups.filter(({ facts }) => facts.kind !== 'launch-template');
  for (const target of targets.value) {
    const key = textFact(resolver.field(target, 'Key'));
    const values = listFact(resolver, resolver.field(target, 'Values'));
    if (key.state !== 'known' || values.state !== 'known')
      return unknown('the targets of an association cannot be resolved');
    const texts = values.value.map(textFact).flatMap((text) => (text.state === 'known' ? [text.value] : []));
    const links = new Set(values.value.flatMap((value) => (value.kind === 'link' ? [value.resource] : [])));
    if (key.value.startsWith('resource-groups:'))
      return unknown('an association picks its nodes by resource group');
    left = left.filter(({ facts, resources }) =>
      key.value === 'InstanceIds'
        ? texts.includes('*') || resources.some((resource) => links.has(resource))
        : takes(key.value, texts, facts.tags),
    );
  }
  return known(left.map(({ facts }) => facts.id));
};

/** Whether an association hands out this parameter. */
const handsOut = (
  { resolver }: ReadContext,
  association: Resource,
  parameter: Resource,
  name: Fact<string>,
): boolean => {
  const places = listFact(
    resolver,
    resolver.path(resolver.properties(association), 'Parameters', 'optionalConfigurationLocation'),
  );
  if (places.state !== 'known') return false;
  return places.value.some((place) => {
    if (place.kind === 'link') return place.resource === parameter;
    const text = textFact(place);
    return text.state === 'known' && name.state === 'known' && text.value === name.value;
  });
};

const mentions = (group: NodeGroupFacts, parameter: Resource, name: Fact<string>): boolean => {
  if (group.userData.state !== 'known') return false;
  const text = group.userData.value;
  return (
    (name.state === 'known' && name.value !== '' && text.includes(`ssm:${name.value}`)) ||
    text.includes(`ssm:ref:${parameter.logicalId}`)
  );
};

const usersOf = (
  context: ReadContext,
  parameter: Resource,
  name: Fact<string>,
  associations: readonly Resource[],
  groups: readonly ReadGroup[],
): Users => {
  const own = associations.filter((association) => handsOut(context, association, parameter, name));
  const users = own.map((association) => targeted(context, association, groups));
  const hole = users.find(({ state }) => state === 'unknown');
  if (hole?.state === 'unknown') return hole;
  const direct = groups.filter(({ facts }) => mentions(facts, parameter, name)).map(({ facts }) => facts.id);
  if (own.length === 0 && direct.length === 0)
    return unknown('nothing in the templates says which nodes use it');
  return known([
    ...new Set([...users.flatMap((user) => (user.state === 'known' ? user.value : [])), ...direct]),
  ]);
};

const configurationOf = (value: Fact<string>): AgentFacts['configuration'] => {
  if (value.state !== 'known') return value;
  const json = parseJson(value.value);
  if (json === undefined) return unknown('it is no JSON');
  return isAgentConfiguration(json)
    ? known(agentConfiguration(json))
    : unknown('it is no configuration of an agent');
};

const parameterAgent = (
  context: ReadContext,
  resource: Resource,
  associations: readonly Resource[],
  groups: readonly ReadGroup[],
): AgentFacts[] => {
  const { resolver } = context;
  const properties = resolver.properties(resource);
  const name = textFact(resolver.field(properties, 'Name'));
  const valueJson = properties.kind === 'plain' ? own(properties.json, 'Value') : undefined;
  const value = looseText(resolver, resource.template, valueJson);
  const configuration = configurationOf(value);
  const isNamed = name.state === 'known' && AGENT_NAME.test(name.value);
  if (configuration.state !== 'known' && !isNamed) return [];
  return [
    {
      place: placeOf(context, resource),
      name,
      nodeGroups: usersOf(context, resource, name, associations, groups),
      configuration,
    },
  ];
};

/** A configuration that user data, or `AWS::CloudFormation::Init`, writes on the node itself. */
const scriptAgent = ({ facts }: ReadGroup): AgentFacts[] => {
  if (facts.userData.state !== 'known') return [];
  const json = configurationInScript(facts.userData.value);
  if (json === undefined) return [];
  return [
    {
      place: facts.launchTemplate ?? facts.place,
      name: absent,
      nodeGroups: known([facts.id]),
      configuration: known(agentConfiguration(json)),
    },
  ];
};

/** Files of cfn-init that configure the agent. */
const initAgent = (context: ReadContext, group: ReadGroup): AgentFacts[] => {
  const { resolver } = context;
  return group.resources.flatMap((resource) => {
    const metadata = resolver.resolve(resource.template, own(resource.json, 'Metadata'));
    const init = resolver.field(metadata, 'AWS::CloudFormation::Init');
    if (init.kind !== 'plain' || typeof init.json !== 'object' || init.json === null) return [];
    return Object.keys(init.json).flatMap((key) =>
      filesOf(context, resolver.path(init, key, 'files'), resource, group),
    );
  });
};

const filesOf = (
  context: ReadContext,
  files: Resolved,
  resource: Resource,
  group: ReadGroup,
): AgentFacts[] => {
  if (files.kind !== 'plain' || typeof files.json !== 'object' || files.json === null) return [];
  return Object.keys(files.json)
    .filter((path) => /amazon-cloudwatch-agent.*\.json$|amazon-cloudwatch-agent\.d\//.test(path))
    .flatMap((path) => {
      const file = context.resolver.field(files, path);
      if (file.kind !== 'plain') return [];
      const content = own(file.json, 'content');
      const text = looseText(context.resolver, file.template, content);
      const json = text.state === 'known' ? parseJson(text.value) : content;
      if (json === undefined || !isAgentConfiguration(json)) return [];
      return [
        {
          place: placeOf(context, resource),
          name: absent,
          nodeGroups: known([group.facts.id]),
          configuration: known(agentConfiguration(json)),
        },
      ];
    });
};

/** Every CloudWatch agent configuration, with the node groups that use it. */
export const agentsOf = (
  context: ReadContext,
  resources: readonly Resource[],
  groups: readonly ReadGroup[],
): readonly AgentFacts[] => {
  const associations = resources.filter(({ type }) => type === 'AWS::SSM::Association');
  return [
    ...resources
      .filter(({ type }) => type === 'AWS::SSM::Parameter')
      .flatMap((resource) => parameterAgent(context, resource, associations, groups)),
    ...groups.flatMap((group) => [...scriptAgent(group), ...initAgent(context, group)]),
  ];
};
