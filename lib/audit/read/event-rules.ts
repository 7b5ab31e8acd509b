import { absent, known, unknown, type EventRuleFacts, type Fact } from '../facts';
import { parseJson } from './agent-configuration';
import { isArray, isObject, own, ownObject, ownText, type Json } from './json';
import { placeOf, type ReadContext } from './place';
import type { Resource } from './stack-set';
import { deep, listFact, mapFact, textFact } from './values';

type Pattern = { readonly kind: 'exact' | 'prefix'; readonly text: string };

const SOURCE = 'aws.cloudwatch';
const DETAIL_TYPE = 'CloudWatch Alarm State Change';

const patternOf = (value: Json): Pattern | undefined => {
  if (typeof value === 'string') return { kind: 'exact', text: value };
  const prefix = ownText(value, 'prefix');
  if (prefix !== undefined) return { kind: 'prefix', text: prefix };
  const wildcard = ownText(value, 'wildcard');
  if (wildcard === undefined) return undefined;
  if (!wildcard.includes('*')) return { kind: 'exact', text: wildcard };
  return wildcard.indexOf('*') === wildcard.length - 1
    ? { kind: 'prefix', text: wildcard.slice(0, -1) }
    : undefined;
};

/** `resources` of an alarm's event: its ARN. */
const ofArn = (value: Json): Pattern | undefined => {
  const text = typeof value === 'string' ? value : ownText(value, 'prefix');
  const name = text === undefined ? undefined : /:alarm:(.+)$/.exec(text)?.[1];
  return name === undefined
    ? undefined
    : { kind: typeof value === 'string' ? 'exact' : 'prefix', text: name };
};

/** An alarm of the templates by its Ref or ARN; CloudFormation makes a name that nobody gave it from stack and id. */
const ofToken = ({ resolver }: ReadContext, { template }: Resource, value: Json): Pattern | undefined => {
  const id = typeof value === 'string' ? /^ref:([A-Za-z0-9]+)(?:\.Arn)?$/.exec(value)?.[1] : undefined;
  if (id === undefined) return undefined;
  const candidates = [template, ...resolver.stacks.templates].map((of) => resolver.stacks.resource(of, id));
  const alarm = candidates.find((found) => found?.type === 'AWS::CloudWatch::Alarm');
  if (alarm === undefined) return undefined;
  const name = textFact(resolver.field(resolver.properties(alarm), 'AlarmName'));
  if (name.state === 'known') return { kind: 'exact', text: name.value };
  return name.state === 'absent'
    ? { kind: 'prefix', text: `${alarm.template.stackName}-${alarm.logicalId}` }
    : undefined;
};

const namesOf = (context: ReadContext, resource: Resource, pattern: Json): EventRuleFacts['alarmNames'] => {
  const detail = ownObject(pattern, 'detail');
  if (own(pattern, '$or') !== undefined || own(detail, '$or') !== undefined)
    return unknown('its event pattern has alternatives, which the audit does not read');
  const names = own(detail, 'alarmName');
  const arns = own(pattern, 'resources');
  const [list, read] = names === undefined ? [arns, ofArn] : [names, patternOf];
  if (list === undefined) return absent;
  if (!isArray(list)) return unknown('its event pattern cannot be resolved');
  const patterns = list.map((value) =>
    typeof value === 'string' && value.startsWith('ref:') ? ofToken(context, resource, value) : read(value),
  );
  return patterns.every((found) => found !== undefined)
    ? known(patterns.filter((found) => found !== undefined))
    : unknown('its event pattern matches alarm names in a way that the audit does not read');
};

/** Whether a list of a pattern takes a text in; a form that the audit does not read may. */
const accepts = (list: Json | undefined, text: string): boolean => {
  if (list === undefined || !isArray(list)) return true;
  return list.some((item) => {
    if (typeof item !== 'object' || item === null) return item === text;
    const but = own(item, 'anything-but');
    if (but !== undefined) return isArray(but) ? !but.includes(text) : but !== text;
    const pattern = patternOf(item);
    if (pattern === undefined) return true;
    return pattern.kind === 'exact' ? pattern.text === text : text.startsWith(pattern.text);
  });
};

/** Whether the events of alarms that ring come through this pattern. */
const hearsAlarms = (pattern: Json): boolean => {
  const detail = ownObject(pattern, 'detail');
  const source = own(pattern, 'source');
  const type = own(pattern, 'detail-type');
  // With neither of them it speaks of alarms only where it names one.
  const isAbout = source !== undefined || type !== undefined || own(detail, 'alarmName') !== undefined;
  return (
    isAbout &&
    accepts(source, SOURCE) &&
    (accepts(type, DETAIL_TYPE) || accepts(type, 'CloudWatch Alarm Contributor State Change')) &&
    accepts(own(ownObject(detail, 'state'), 'value'), 'ALARM')
  );
};

/** Events of alarms go to the default bus. */
const isOnDefaultBus = ({ resolver }: ReadContext, resource: Resource): boolean => {
  const bus = resolver.field(resolver.properties(resource), 'EventBusName');
  if (bus.kind === 'link') return false;
  const name = textFact(bus);
  return name.state !== 'known' || name.value === 'default' || name.value.endsWith(':event-bus/default');
};

/** An `AWS::Events::Rule` that hears of alarms; [] for others. */
export const eventRulesOf = (context: ReadContext, resource: Resource): readonly EventRuleFacts[] => {
  const { resolver } = context;
  const properties = resolver.properties(resource);
  const pattern = resolver.field(properties, 'EventPattern');
  if (pattern.kind === 'absent' || !isOnDefaultBus(context, resource)) return [];
  const state = textFact(resolver.field(properties, 'State'));
  const enabled: Fact<boolean> = mapFact(state, (text) => text !== 'DISABLED');
  const targets = mapFact(listFact(resolver, resolver.field(properties, 'Targets')), (items) => items.length);
  const facts = (alarmNames: EventRuleFacts['alarmNames']): EventRuleFacts[] => [
    { place: placeOf(context, resource), enabled, alarmNames, targets },
  ];
  if (pattern.kind !== 'plain')
    return facts(
      unknown(pattern.kind === 'unknown' ? pattern.why : 'its event pattern is known after deployment'),
    );
  const json =
    typeof pattern.json === 'string'
      ? parseJson(pattern.json)
      : deep(resolver, pattern.template, pattern.json);
  if (!isObject(json) || !hearsAlarms(json)) return [];
  return facts(namesOf(context, resource, json));
};
