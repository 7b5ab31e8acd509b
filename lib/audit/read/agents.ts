import { absent, known, unknown, type AgentFacts, type Fact, type NodeGroupFacts } from '../facts';
import {
  agentConfiguration,
  configurationInScript,
  isAgentConfiguration,
  parseJson,
} from './agent-configuration';
import { initFiles } from './cfn-init';
import type { ReadGroup } from './node-groups/read-group';
import { placeOf, type ReadContext } from './place';
import type { Resource } from './stack-set';
import { listFact, looseText, textFact } from './values';
import { own, type Json } from './json';

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

/** Where AmazonCloudWatch-ManageAgent, and Headroom's own ConfigureAgent, have the parameter's name. */
const LOCATIONS = ['optionalConfigurationLocation', 'ConfigurationParameter'] as const;

/** Whether an association hands out this parameter. */
const handsOut = (
  { resolver }: ReadContext,
  association: Resource,
  parameter: Resource,
  name: Fact<string>,
): boolean => {
  const places = LOCATIONS.map((location) =>
    listFact(resolver, resolver.path(resolver.properties(association), 'Parameters', location)),
  ).flatMap((listed) => (listed.state === 'known' ? listed.value : []));
  return places.some((place) => {
    if (place.kind === 'link') return place.resource === parameter;
    const text = textFact(place);
    return text.state === 'known' && name.state === 'known' && text.value === name.value;
  });
};

/** Whether a text has `ssm:NAME`, and not only the beginning of a longer name. */
const fetches = (text: string, name: string): boolean => {
  const word = `ssm:${name}`;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (!/[\w./-]/.test(text.charAt(at + word.length))) return true;
  return false;
};

const mentions = ({ boot }: ReadGroup, parameter: Resource, name: Fact<string>): boolean =>
  boot.state === 'known' &&
  ((name.state === 'known' && name.value !== '' && fetches(boot.value, name.value)) ||
    fetches(boot.value, `ref:${parameter.logicalId}`));

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
  const direct = groups.filter((group) => mentions(group, parameter, name)).map(({ facts }) => facts.id);
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

const ownAgent = (context: ReadContext, group: ReadGroup, json: Json, resource?: Resource): AgentFacts => ({
  place: resource ? placeOf(context, resource) : (group.facts.launchTemplate ?? group.facts.place),
  name: absent,
  nodeGroups: known([group.facts.id]),
  configuration: known(agentConfiguration(json)),
});

/** A configuration that user data writes on the node itself. */
const scriptAgent = (context: ReadContext, group: ReadGroup): AgentFacts[] => {
  const { userData } = group.facts;
  const json = userData.state === 'known' ? configurationInScript(userData.value) : undefined;
  return json === undefined ? [] : [ownAgent(context, group, json)];
};

/** Files of cfn-init that configure the agent, or scripts that do. */
const initAgents = (context: ReadContext, group: ReadGroup): AgentFacts[] =>
  group.born.flatMap((resource) => {
    const files = initFiles(context, resource).flatMap(({ content }): Json[] => {
      const json =
        typeof content === 'string' ? (parseJson(content) ?? configurationInScript(content)) : content;
      return json !== undefined && isAgentConfiguration(json) ? [json] : [];
    });
    return files.map((json) => ownAgent(context, group, json, resource));
  });

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
    ...groups.flatMap((group) => [...scriptAgent(context, group), ...initAgents(context, group)]),
  ];
};
