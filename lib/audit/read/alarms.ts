import { absent, known, unknown, type AlarmFacts, type Fact, type MathMetricFacts } from '../facts';
import { placeOf, type ReadContext } from './place';
import type { Resolved } from './resolved';
import type { Resource } from './stack-set';
import {
  allKnown,
  booleanFact,
  flatFact,
  listFact,
  mapFact,
  numberFact,
  textFact,
  tokenFact,
} from './values';
import { watchedByMetric, watchedByQuery, type MetricLinks, type SeenGroups, type Watched } from './watches';

interface Metric extends MetricLinks {
  readonly id: string;
  readonly name: Fact<string>;
  readonly statistic: Fact<string>;
}

/** `Dimensions`, with the resources that they name. */
const dimensionsOf = (
  { resolver }: ReadContext,
  value: Resolved,
): { readonly dimensions: Metric['dimensions']; readonly links: Metric['links'] } => {
  const links = new Map<string, Resource>();
  const dimensions = flatFact(listFact(resolver, value), (items) => {
    const pairs = items.map((item) => {
      const [key, text] = [textFact(resolver.field(item, 'Name')), resolver.field(item, 'Value')];
      if (key.state === 'known' && text.kind === 'link') links.set(key.value, text.resource);
      return flatFact(key, (name) => mapFact(tokenFact(text), (found) => [name, found] as const));
    });
    return mapFact(allKnown(pairs), (entries): Readonly<Record<string, string>> =>
      Object.fromEntries(entries),
    );
  });
  return { dimensions: dimensions.state === 'absent' ? known({}) : dimensions, links };
};

const metricOf = (context: ReadContext, id: string, metric: Resolved, statistic: Fact<string>): Metric => ({
  id,
  namespace: textFact(context.resolver.field(metric, 'Namespace')),
  name: textFact(context.resolver.field(metric, 'MetricName')),
  statistic,
  ...dimensionsOf(context, context.resolver.field(metric, 'Dimensions')),
});

interface Maths {
  readonly expressions: readonly string[];
  readonly metrics: readonly Metric[];
  readonly periodSeconds: Fact<number>;
  readonly why?: string;
}

/** `Metrics`: what is added up and what it is made of. */
const mathsOf = (context: ReadContext, value: Resolved): Maths => {
  const { resolver } = context;
  const items = listFact(resolver, value);
  const nothing = { expressions: [], metrics: [], periodSeconds: absent };
  if (items.state === 'absent') return nothing;
  if (items.state === 'unknown') return { ...nothing, why: items.why };
  const expressions: string[] = [];
  const metrics: Metric[] = [];
  let periodSeconds: Fact<number> = absent;
  let why: string | undefined;
  for (const item of items.value) {
    const expression = tokenFact(resolver.field(item, 'Expression'));
    const stat = resolver.field(item, 'MetricStat');
    if (expression.state === 'known') expressions.push(expression.value);
    else if (expression.state === 'unknown') why ??= expression.why;
    const id = textFact(resolver.field(item, 'Id'));
    if (stat.kind !== 'absent')
      metrics.push(
        metricOf(
          context,
          id.state === 'known' ? id.value : '',
          resolver.field(stat, 'Metric'),
          textFact(resolver.field(stat, 'Stat')),
        ),
      );
    const period = numberFact(resolver.field(item, 'Period'));
    const own = period.state === 'absent' ? numberFact(resolver.field(stat, 'Period')) : period;
    if (periodSeconds.state === 'absent') periodSeconds = own;
  }
  return { expressions, metrics, periodSeconds, ...(why !== undefined && { why }) };
};

const isQuery = (expression: string): boolean => /^\s*SELECT\s/i.test(expression);

const union = (facts: readonly Fact<readonly string[]>[]): Fact<readonly string[]> =>
  mapFact(allKnown(facts), (lists) => [...new Set(lists.flat())]);

const watchesOf = (maths: Maths, one: Metric | undefined, watched: SeenGroups): Fact<readonly string[]> => {
  if (one !== undefined) return watchedByMetric(one, watched);
  if (maths.why !== undefined) return unknown(maths.why);
  if (maths.expressions.some((expression) => /\bSEARCH\s*\(/i.test(expression)))
    return unknown('SEARCH finds its metrics at run time');
  return union([
    ...maths.expressions.filter(isQuery).map((query) => watchedByQuery(query, watched)),
    ...maths.metrics.map((metric) => watchedByMetric(metric, watched)),
  ]);
};

const mathMetric = ({ id, namespace, name, dimensions, statistic }: Metric): MathMetricFacts => ({
  id,
  namespace,
  name,
  dimensions,
  statistic,
});

/** `AlarmActions` of an alarm, or of a composite one. */
export const actionsOf = ({ resolver }: ReadContext, properties: Resolved): AlarmFacts['alarmActions'] =>
  flatFact(listFact(resolver, resolver.field(properties, 'AlarmActions')), (items) =>
    allKnown(items.map(actionFact)),
  );

/** An `AWS::CloudWatch::Alarm`. */
export const alarmOf = (context: ReadContext, resource: Resource, watched: Watched): AlarmFacts => {
  const { resolver } = context;
  const properties = resolver.properties(resource);
  const field = (key: string): Resolved => resolver.field(properties, key);
  const maths = mathsOf(context, field('Metrics'));
  const [only] = maths.metrics;
  const statistic = textFact(field('Statistic'));
  const isSingle = field('Metrics').kind === 'absent';
  // One metric without an expression is what MetricName would say.
  const one = isSingle
    ? metricOf(
        context,
        '',
        properties,
        statistic.state === 'absent' ? textFact(field('ExtendedStatistic')) : statistic,
      )
    : maths.metrics.length === 1 && maths.expressions.length === 0 && maths.why === undefined
      ? only
      : undefined;
  const period = numberFact(field('Period'));
  return {
    place: placeOf(context, resource),
    name: textFact(field('AlarmName')),
    metric: one
      ? known({ namespace: one.namespace, name: one.name, dimensions: one.dimensions })
      : maths.why === undefined
        ? absent
        : unknown(maths.why),
    expressions: maths.expressions,
    metrics: one ? [] : maths.metrics.map(mathMetric),
    statistic: one ? one.statistic : absent,
    threshold: numberFact(field('Threshold')),
    comparison: textFact(field('ComparisonOperator')),
    periodSeconds: period.state === 'absent' ? maths.periodSeconds : period,
    evaluationPeriods: numberFact(field('EvaluationPeriods')),
    treatMissingData: textFact(field('TreatMissingData')),
    actionsEnabled: booleanFact(field('ActionsEnabled')),
    alarmActions: actionsOf(context, properties),
    watches: watchesOf(maths, one, watched.seenFrom(resource.template)),
  };
};

/** The resource itself, whatever attribute of it is its ARN. */
const actionFact = (value: Resolved): Fact<string> =>
  value.kind === 'link' ? known(`ref:${value.resource.logicalId}`) : textFact(value);
