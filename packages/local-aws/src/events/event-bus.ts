import { cloudEvent, type CloudEvent } from '../alarms/alarm-events';
import type { Assembly, AssemblyResource } from '../template/assembly';
import type { Clock } from '../time/clock';
import type { EventSink } from '../account-event';
import { matchesPattern } from './event-pattern';
import { select } from '../automation/outputs';
import {
  fields,
  isFields,
  list,
  onlyKeys,
  optional,
  parseJson,
  text,
  texts,
  type Fields,
} from '../values/fields';
import { applies, statements } from '../iam/iam-policy';
import type { MessageQueue } from '../queues/message-queue';

export interface EventBusOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly queues: readonly MessageQueue[];
  readonly onEvent: EventSink;
  /** Starts an Automation document as the role. */
  startAutomation(documentName: string, parameters: Fields, roleArn: string): void;
  /** Asynchronous invocation: it goes on after the event was taken. */
  invokeFunction(functionArn: string, payload: string): void;
}

/** The default bus: synthesized rules, matched as EventBridge does, and their queues. */
export class EventBus {
  constructor(private readonly options: EventBusOptions) {}

  /** Hands the event to every rule that matches it. @throws for a target that the local cloud can't serve */
  put(event: CloudEvent): void {
    const rules = this.options.assembly
      .ofType('AWS::Events::Rule')
      .filter(({ properties }) => properties.EventPattern);
    const enabled = rules.filter(({ properties }) => (properties.State ?? 'ENABLED') === 'ENABLED');
    const matched = enabled.filter((rule) =>
      matchesPattern(rule.properties.EventPattern, event, `rule ${rule.physicalId} pattern`),
    );
    this.options.onEvent({
      at: this.options.clock.now(),
      kind: 'event',
      summary: `${event['detail-type']} → ${matched.map(({ physicalId }) => physicalId).join(', ') || 'no rule'}`,
      data: { event, rules: matched.map(({ physicalId }) => physicalId) },
    });
    for (const rule of matched) {
      for (const target of optional(rule.properties.Targets, `rule ${rule.physicalId}`, list, [])) {
        this.deliver(rule, fields(target, `rule ${rule.physicalId} target`), event);
      }
    }
  }

  /** As if the time of every schedule had come, once. How far apart the rates are is the caller's to know. */
  runSchedules(): void {
    const { assembly, clock, onEvent } = this.options;
    const scheduled = assembly
      .ofType('AWS::Events::Rule')
      .filter(({ properties }) => properties.ScheduleExpression !== undefined)
      .filter(({ properties }) => (properties.State ?? 'ENABLED') === 'ENABLED');
    for (const rule of scheduled) {
      const now = clock.now();
      const event = cloudEvent(
        assembly.place,
        'aws.events',
        'Scheduled Event',
        [rule.arn ?? rule.physicalId],
        {},
        now,
      );
      onEvent({ at: now, kind: 'event', summary: `Scheduled Event → ${rule.physicalId}`, data: { event } });
      for (const target of optional(rule.properties.Targets, `rule ${rule.physicalId}`, list, [])) {
        this.deliver(rule, fields(target, `rule ${rule.physicalId} target`), event);
      }
    }
  }

  private deliver(rule: AssemblyResource, target: Fields, event: CloudEvent): void {
    const where = `rule ${rule.physicalId} target`;
    onlyKeys(
      target,
      [
        ...['Arn', 'Id', 'RoleArn', 'Input', 'InputTransformer', 'SqsParameters'],
        ...['DeadLetterConfig', 'RetryPolicy'],
      ],
      where,
    );
    const targetArn = text(target.Arn, `${where} Arn`);
    const document = /:automation-definition\/([^:]+):\$DEFAULT$/.exec(targetArn)?.[1];
    if (document !== undefined) {
      const parameters = transformed(target.InputTransformer, event, `${where} InputTransformer`);
      this.options.startAutomation(document, parameters, text(target.RoleArn, `${where} RoleArn`));
      return;
    }
    if (target.InputTransformer !== undefined)
      throw new Error(`${where}: an InputTransformer is interpreted for Automation documents only`);
    // A constant text goes in place of the event.
    const body = optional(target.Input, `${where} Input`, text, JSON.stringify(event));
    if (targetArn.includes(':function:')) {
      this.checkPermission(targetArn, rule);
      this.options.invokeFunction(targetArn, body);
      return;
    }
    const queue = this.options.queues.find(({ settings }) => settings.arn === targetArn);
    if (!queue) throw new Error(`${where}: only queues and functions are served, got ${targetArn}`);
    const { onEvent, clock } = this.options;
    if (!this.mayUse(queue, rule)) {
      const summary = `${queue.settings.name} does not let ${rule.physicalId} send: the event is lost`;
      onEvent({ at: clock.now(), kind: 'queue', summary, data: { event } });
      throw new Error(
        `${where}: the policy of ${queue.settings.name} does not allow events.amazonaws.com to send`,
      );
    }
    const groupId = isFields(target.SqsParameters)
      ? text(target.SqsParameters.MessageGroupId, where)
      : undefined;
    const sent = queue.send(body, clock.now(), { groupId });
    const summary = `${queue.settings.name} ← ${event['detail-type']}${sent.duplicate ? ' (duplicate)' : ''}`;
    onEvent({
      at: clock.now(),
      kind: 'queue',
      summary,
      data: { messageId: sent.message.messageId, groupId },
    });
  }

  /** A function can be invoked only where an AWS::Lambda::Permission lets the rule. */
  private checkPermission(functionArn: string, rule: AssemblyResource): void {
    const allowed = this.options.assembly
      .ofType('AWS::Lambda::Permission')
      .some(
        ({ properties }) =>
          [properties.FunctionName].includes(functionArn) &&
          properties.Action === 'lambda:InvokeFunction' &&
          properties.Principal === 'events.amazonaws.com' &&
          (properties.SourceArn === undefined || properties.SourceArn === rule.arn),
      );
    if (!allowed)
      throw new Error(`rule ${rule.physicalId}: no AWS::Lambda::Permission lets it invoke ${functionArn}`);
  }

  /** A queue takes events only if its policy lets the rule send. */
  private mayUse(queue: MessageQueue, rule: AssemblyResource): boolean {
    const policies = this.options.assembly
      .ofType('AWS::SQS::QueuePolicy')
      .filter(({ properties }) => texts(properties.Queues, 'Queues').includes(queue.settings.url));
    const request = {
      action: 'sqs:SendMessage',
      resource: queue.settings.arn,
      context: {
        'aws:SourceArn': rule.arn ?? '',
        'aws:SecureTransport': 'true',
        'aws:SourceAccount': this.options.assembly.place.account,
      },
    };
    const own = policies.flatMap(({ properties, logicalId }) => {
      const document = fields(properties.PolicyDocument, logicalId);
      return list(document.Statement, logicalId).filter((item) =>
        speaksOfEvents(fields(item, logicalId).Principal),
      );
    });
    const found = statements({ Statement: own }, 'queue policy').filter((statement) =>
      applies(statement, request),
    );
    return found.some(({ effect }) => effect === 'Allow') && !found.some(({ effect }) => effect === 'Deny');
  }
}

/** EventBridge puts a text in quotes where the template has a bare `<name>`. */
function transformed(transformer: unknown, event: CloudEvent, where: string): Fields {
  const { InputPathsMap: map, InputTemplate: template } = fields(transformer, where);
  const paths = fields(map, `${where} InputPathsMap`);
  const filled = text(template, where).replace(/<([A-Za-z0-9_-]+)>/g, (_, name: string) =>
    JSON.stringify(select(text(paths[name], `${where} <${name}>`), event) ?? ''),
  );
  return fields(parseJson(filled, where), where);
}

const speaksOfEvents = (principal: unknown): boolean =>
  principal === '*' ||
  (isFields(principal) &&
    (principal.AWS === '*' || [principal.Service].flat().includes('events.amazonaws.com')));
