import { known, unknown, type Fact, type TopicFacts } from '../facts';
import { placeOf, type ReadContext } from './place';
import type { Resolved } from './resolved';
import type { Resource } from './stack-set';
import { listFact, textFact } from './values';

/** Protocol where it is known; a subscription of an unknown protocol is one all the same. */
const protocolOf = (context: ReadContext, subscription: Resolved): string => {
  const protocol = textFact(context.resolver.field(subscription, 'Protocol'));
  return protocol.state === 'known' ? protocol.value : 'unknown';
};

/** A topic of the templates whose ARN is written out. */
const topicOfArn = (
  { resolver }: ReadContext,
  resources: readonly Resource[],
  arn: string,
): Resource | undefined => {
  const [, region, account, name] = /^arn:[^:]*:sns:([^:]*):([^:]*):(.+)$/.exec(arn) ?? [];
  const fits = (fact: Fact<string>, text: string | undefined): boolean =>
    fact.state !== 'known' || fact.value === text;
  return resources.find((resource) => {
    if (resource.type !== 'AWS::SNS::Topic' || name === undefined) return false;
    const own = textFact(resolver.field(resolver.properties(resource), 'TopicName'));
    const { template } = resource;
    return (
      own.state === 'known' &&
      own.value === name &&
      fits(template.region, region) &&
      fits(template.account, account)
    );
  });
};

interface Subscriptions {
  readonly byTopic: ReadonlyMap<Resource, readonly string[]>;
  /** Why nobody knows whose subscription one is. */
  readonly why?: string;
}

const subscriptionsOf = (context: ReadContext, resources: readonly Resource[]): Subscriptions => {
  const { resolver } = context;
  const byTopic = new Map<Resource, string[]>();
  let why: string | undefined;
  const add = (topic: Resolved, protocol: string): void => {
    if (topic.kind === 'link')
      byTopic.set(topic.resource, [...(byTopic.get(topic.resource) ?? []), protocol]);
    else if (topic.kind === 'unknown') why ??= topic.why;
    else if (topic.kind === 'plain' && typeof topic.json === 'string') {
      const own = topicOfArn(context, resources, topic.json);
      if (own !== undefined) byTopic.set(own, [...(byTopic.get(own) ?? []), protocol]);
    }
  };
  for (const resource of resources) {
    const properties = resolver.properties(resource);
    if (resource.type === 'AWS::SNS::Subscription')
      add(resolver.field(properties, 'TopicArn'), protocolOf(context, properties));
    if (!/^AWS::Chatbot::/.test(resource.type)) continue;
    const topics = listFact(resolver, resolver.field(properties, 'SnsTopicArns'));
    if (topics.state === 'known') for (const topic of topics.value) add(topic, 'chatbot');
  }
  return { byTopic, ...(why !== undefined && { why }) };
};

/** Every `AWS::SNS::Topic` with who hears it. */
export const topicsOf = (context: ReadContext, resources: readonly Resource[]): readonly TopicFacts[] => {
  const { resolver } = context;
  const { byTopic, why } = subscriptionsOf(context, resources);
  return resources
    .filter(({ type }) => type === 'AWS::SNS::Topic')
    .map((resource): TopicFacts => {
      const inline = listFact(resolver, resolver.field(resolver.properties(resource), 'Subscription'));
      const own = inline.state === 'known' ? inline.value.map((item) => protocolOf(context, item)) : [];
      const protocols = [...own, ...(byTopic.get(resource) ?? [])];
      const hole = inline.state === 'unknown' ? inline.why : why;
      return {
        place: placeOf(context, resource),
        subscriptions:
          protocols.length === 0 && hole !== undefined
            ? unknown(`it is unknown whose a subscription is: ${hole}`)
            : known(protocols),
      };
    });
};
