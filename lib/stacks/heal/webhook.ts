import { Duration, SecretValue, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { ApiDestination } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { WebhookSettings } from '../../config/notifications-schema';
import { alarmDescription } from '../../domain/names/alarm-kinds';
import { WEBHOOK_UNSENT } from '../../domain/names/heal-metrics';
import {
  METRIC_NAMESPACE,
  resourcePrefix,
  webhookBusName,
  webhookUndeliveredAlarmName,
  webhookUndeliveredQueueName,
  webhookUnsentAlarmName,
} from '../../domain/names/naming';
import { WEBHOOK_EVENT } from '../../domain/messages/webhook-message';

export interface WebhookProps {
  readonly environmentName: string;
  readonly settings: WebhookSettings;
  readonly notifyOperators: cloudwatch.IAlarmAction;
}

/**
 * Requests a second: a storm of healings does not become one of requests. EventBridge holds back what is more, and its age counts.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html#eb-api-destination-event-delivery
 */
const RATE = 10;
/**
 * How long a receiver may be unavailable. An alarm reports what it has not taken by then: after the default of 24 hours no one would want to
 * know. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
 */
const OLDEST = Duration.hours(1);
/** The default, and the most: {@link OLDEST} is the bound. */
const ATTEMPTS = 185;

/**
 * A webhook, called by an EventBridge API destination: EventBridge holds the key, posts, retries and keeps what was not delivered. The bus
 * is the webhook's own, so that no one who may write to the account's default bus writes to the webhook.
 */
export class Webhook extends Construct {
  readonly bus: events.EventBus;

  constructor(scope: Construct, id: string, { environmentName, settings, notifyOperators }: WebhookProps) {
    super(scope, id);
    const prefix = `${resourcePrefix(environmentName)}-webhook`;
    this.bus = new events.EventBus(this, 'Bus', { eventBusName: webhookBusName(environmentName) });
    const { apiKey } = settings;
    const destination = new events.ApiDestination(this, 'Destination', {
      apiDestinationName: prefix,
      connection: new events.Connection(this, 'Connection', {
        connectionName: prefix,
        // A connection must have an authorization, also where the receiver asks for none.
        // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html
        authorization: apiKey
          ? events.Authorization.apiKey(apiKey.header, SecretValue.secretsManager(apiKey.secretArn))
          : events.Authorization.apiKey(
              'X-Headroom-Environment',
              SecretValue.unsafePlainText(environmentName),
            ),
      }),
      endpoint: settings.url,
      httpMethod: events.HttpMethod.POST,
      rateLimitPerSecond: RATE,
    });
    const undelivered = new sqs.Queue(this, 'Undelivered', {
      queueName: webhookUndeliveredQueueName(environmentName),
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const ruleArn = Stack.of(this).formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: `${webhookBusName(environmentName)}/${prefix}`,
    });
    const role = new iam.Role(this, 'Role', {
      description: `Headroom ${environmentName}: EventBridge calls the webhook`,
      // The rule's ARN, for targets of a bus: https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnEquals: { 'aws:SourceArn': ruleArn },
        },
      }),
    });
    new events.Rule(this, 'Rule', {
      ruleName: prefix,
      description: `Headroom ${environmentName}: notifications to the webhook`,
      eventBus: this.bus,
      eventPattern: { source: [WEBHOOK_EVENT.source], detailType: [WEBHOOK_EVENT.detailType] },
      targets: [
        // The class declares optional properties that exactOptionalPropertyTypes distinguishes from the interface's.
        new ApiDestination(destination as events.IApiDestination, {
          // The body is the notification itself.
          event: events.RuleTargetInput.fromEventPath('$.detail'),
          eventRole: role,
          deadLetterQueue: undelivered,
          maxEventAge: OLDEST,
          retryAttempts: ATTEMPTS,
        }),
      ],
    });

    const alarm = (alarmId: string, alarmName: string, symptom: string, metric: cloudwatch.IMetric): void =>
      new cloudwatch.Alarm(this, alarmId, {
        alarmName,
        alarmDescription: alarmDescription(
          'webhook-failed',
          symptom,
          'E-mail and chat are tried separately.',
        ),
        metric,
        threshold: 1,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: 1,
        // No failure, no data: that is the good case.
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      }).addAlarmAction(notifyOperators);
    alarm(
      'NotTaken',
      webhookUndeliveredAlarmName(environmentName),
      `The webhook of Headroom ${environmentName} did not take a notification.`,
      undelivered.metricApproximateNumberOfMessagesVisible({
        statistic: cloudwatch.Stats.MAXIMUM,
        period: Duration.minutes(1),
      }),
    );
    alarm(
      'NotSent',
      webhookUnsentAlarmName(environmentName),
      `EventBridge did not take a notification of Headroom ${environmentName} for its webhook.`,
      new cloudwatch.Metric({
        namespace: METRIC_NAMESPACE,
        metricName: WEBHOOK_UNSENT.name,
        dimensionsMap: { Environment: environmentName },
        statistic: cloudwatch.Stats.SUM,
        period: Duration.minutes(5),
      }),
    );
  }
}

/** Notifications to the webhook's bus, and nothing else. */
export const notifyWebhook = (bus: events.EventBus): iam.PolicyStatement =>
  new iam.PolicyStatement({
    sid: 'NotifyWebhook',
    actions: ['events:PutEvents'],
    resources: [bus.eventBusArn],
    // The source is a list for IAM, as AWS's own policy for PutEvents has it; an event without one is refused, too.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-example-policy-cross-account-custom-bus-source.html
    conditions: {
      'ForAllValues:StringEquals': { 'events:source': WEBHOOK_EVENT.source },
      Null: { 'events:source': 'false' },
      StringEquals: { 'events:detail-type': WEBHOOK_EVENT.detailType },
    },
  });
