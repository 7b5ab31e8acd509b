import { absent, known, unknown, type EventRuleFacts, type Fact } from '../facts';
import { isArray, isObject, own, ownObject, ownText, type Json } from './json';
import { placeOf, type ReadContext } from './place';
import type { Resource } from './stack-set';
import { deep, listFact, mapFact, textFact } from './values';

type Pattern = { readonly kind: 'exact' | 'prefix'; readonly text: string };

const texts = (value: Json | undefined): string[] | undefined =>
  isArray(value) ? value.flatMap((item) => (typeof item === 'string' ? [item] : [])) : undefined;

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

const namesOf = (pattern: Json): EventRuleFacts['alarmNames'] => {
  const names = own(ownObject(pattern, 'detail'), 'alarmName');
  const arns = own(pattern, 'resources');
  const [list, read] = names === undefined ? [arns, ofArn] : [names, patternOf];
  if (list === undefined) return absent;
  if (!isArray(list)) return unknown('its event pattern cannot be resolved');
  const patterns = list.map(read);
  return patterns.every((found) => found !== undefined)
    ? known(patterns.filter((found) => found !== undefined))
    : unknown('its event pattern matches alarm names in a way that the audit does not read');
};

/** Whether the events of alarms that ring come through this pattern. */
const hearsAlarms = (pattern: Json): boolean => {
  if (texts(own(pattern, 'source'))?.includes('aws.cloudwatch') !== true) return false;
  const types = texts(own(pattern, 'detail-type'));
  if (types?.every((type) => !/^CloudWatch Alarm (Contributor )?State Change$/.test(type)) === true)
    return false;
  const states = texts(own(ownObject(ownObject(pattern, 'detail'), 'state'), 'value'));
  return states === undefined || states.length === 0 || states.includes('ALARM');
};

/** An `AWS::Events::Rule` that hears of alarms; [] for others. */
export const eventRulesOf = (context: ReadContext, resource: Resource): readonly EventRuleFacts[] => {
  const { resolver } = context;
  const properties = resolver.properties(resource);
  const pattern = resolver.field(properties, 'EventPattern');
  if (pattern.kind !== 'plain') return [];
  const json = deep(resolver, pattern.template, pattern.json);
  if (!isObject(json) || !hearsAlarms(json)) return [];
  const state = textFact(resolver.field(properties, 'State'));
  const enabled: Fact<boolean> = mapFact(state, (text) => text !== 'DISABLED');
  const targets = mapFact(listFact(resolver, resolver.field(properties, 'Targets')), (items) => items.length);
  return [{ place: placeOf(context, resource), enabled, alarmNames: namesOf(json), targets }];
};
