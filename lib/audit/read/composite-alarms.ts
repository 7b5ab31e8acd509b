import { known, unknown, type AlarmFacts, type Fact } from '../facts';
import { actionsOf, alarmOf } from './alarms';
import { own } from './json';
import type { ReadContext } from './place';
import type { Resource } from './stack-set';
import { booleanFact, looseText, textFact } from './values';
import type { Watched } from './watches';

interface Composite {
  readonly resource: Resource;
  readonly name: Fact<string>;
  readonly rule: Fact<string>;
  readonly actions: AlarmFacts['alarmActions'];
  readonly enabled: Fact<boolean>;
}

interface Alarm {
  readonly resource: Resource;
  readonly name: Fact<string>;
}

const compositeOf = (context: ReadContext, resource: Resource): Composite => {
  const { resolver } = context;
  const properties = resolver.properties(resource);
  const json = properties.kind === 'plain' ? own(properties.json, 'AlarmRule') : undefined;
  return {
    resource,
    name: textFact(resolver.field(properties, 'AlarmName')),
    rule: looseText(resolver, resource.template, json),
    actions: actionsOf(context, properties),
    enabled: booleanFact(resolver.field(properties, 'ActionsEnabled')),
  };
};

/** A condition of a rule on one alarm's state. */
const CONDITION = /\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*("[^"]*"|'[^']*'|[^()"']*)\s*\)/gi;

/** Longer than CloudWatch takes. Characters. */
const MAX_RULE = 10_240;

const namesIn = (rule: string): readonly string[] =>
  [...rule.matchAll(CONDITION)].flatMap(([, state = '', name = '']) =>
    state.toUpperCase() === 'ALARM' ? [name.replace(/^["']|["']$/g, '').trim()] : [],
  );

const means = (name: string, alarm: Alarm, by: Resource): boolean => {
  const { logicalId, template } = alarm.resource;
  const isToken = name === `ref:${logicalId}` || name === `ref:${logicalId}.Arn`;
  // A token has no stack: that of another stack counts only where the composite's own has no such resource.
  if (isToken) return by.template === template || !ownNames(by).has(logicalId);
  const plain = /:alarm:(.+)$/.exec(name)?.[1] ?? name;
  return alarm.name.state === 'known' && alarm.name.value === plain;
};

const ownNames = ({ template }: Resource): ReadonlySet<string> =>
  new Set(Object.keys(own(template.body, 'Resources') ?? {}));

type Reach = 'always' | 'perhaps' | 'never';

/** Whether the composite rings whenever the alarm does: a rule of ORs alone says so. */
const ringsWith = (alarm: Alarm, { rule, resource }: Composite): Reach => {
  if (rule.state === 'unknown') return 'perhaps';
  if (rule.state === 'absent' || rule.value.length > MAX_RULE) return 'never';
  if (!namesIn(rule.value).some((name) => means(name, alarm, resource))) return 'never';
  return /\b(AND|NOT)\b/i.test(rule.value.replace(CONDITION, '')) ? 'perhaps' : 'always';
};

/** Composites that ring with an alarm, through others as well. */
const composing = (alarm: Alarm, composites: readonly Composite[]): ReadonlyMap<Composite, Reach> => {
  const found = new Map<Composite, Reach>();
  const open: { readonly one: Alarm; readonly reach: Reach }[] = [{ one: alarm, reach: 'always' }];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const composite of composites) {
      const { one, reach } = next;
      const own = ringsWith(one, composite);
      const through: Reach = own === 'always' ? reach : own;
      if (through === 'never' || found.get(composite) === 'always' || found.get(composite) === through)
        continue;
      found.set(composite, through);
      open.push({ one: composite, reach: through });
    }
  return found;
};

const isOn = ({ enabled }: Composite): boolean => enabled.state !== 'known' || enabled.value;

const acts = ({ actions }: Composite): boolean => actions.state === 'known' && actions.value.length > 0;

/** An alarm with the actions of those composites that ring whenever it does. */
const withActionsOf = (
  facts: AlarmFacts,
  resource: Resource,
  composites: readonly Composite[],
): AlarmFacts => {
  const { alarmActions, actionsEnabled } = facts;
  const reached = [...composing({ resource, name: facts.name }, composites)].filter(([one]) => isOn(one));
  const isOwnOn = actionsEnabled.state !== 'known' || actionsEnabled.value;
  const own = isOwnOn && alarmActions.state === 'known' ? alarmActions.value : [];
  const sure = reached.filter(([one, reach]) => reach === 'always' && acts(one)).map(([one]) => one);
  if (sure.length > 0)
    return {
      ...facts,
      actionsEnabled: sure.some(({ enabled }) => enabled.state !== 'unknown') ? known(true) : actionsEnabled,
      alarmActions: known([
        ...new Set([
          ...own,
          ...sure.flatMap(({ actions }) => (actions.state === 'known' ? actions.value : [])),
        ]),
      ]),
    };
  const [perhaps] = reached.filter(([one]) => acts(one) || one.actions.state === 'unknown');
  if (perhaps === undefined || own.length > 0 || alarmActions.state === 'unknown') return facts;
  const why = `whether the composite alarm ${perhaps[0].resource.logicalId} rings for it alone is not known`;
  return { ...facts, actionsEnabled: isOwnOn ? actionsEnabled : unknown(why), alarmActions: unknown(why) };
};

/** Every `AWS::CloudWatch::Alarm`, heard also through composite alarms. */
export const withComposites = (
  context: ReadContext,
  resources: readonly Resource[],
  watched: Watched,
): readonly AlarmFacts[] => {
  const composites = resources
    .filter(({ type }) => type === 'AWS::CloudWatch::CompositeAlarm')
    .map((resource) => compositeOf(context, resource));
  return resources
    .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
    .map((resource) => {
      const facts = alarmOf(context, resource, watched);
      return composites.length === 0 ? facts : withActionsOf(facts, resource, composites);
    });
};
