import { Alarm, type AlarmStatus } from './alarm';
import { alarmDefinition } from './alarm-definition';
import type { CloudEvent } from './alarm-events';
import type { Assembly } from './assembly';
import type { Clock } from './clock';
import type { EventSink } from './drill-event';
import { fields } from './fields';
import type { MetricStore } from './metric-store';
import type { PublishedMessage } from './services/sns';

export interface AlarmsOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly metrics: MetricStore;
  readonly onEvent: EventSink;
  /** On their way to the default bus. */
  readonly putEvent: (event: CloudEvent) => void;
  readonly publish: (message: PublishedMessage) => void;
}

/** Every synthesized alarm, and what CloudWatch sends when one changes its state. */
export class Alarms {
  private readonly alarms: readonly Alarm[];

  constructor(private readonly options: AlarmsOptions) {
    const { assembly, clock } = options;
    this.alarms = assembly
      .ofType('AWS::CloudWatch::Alarm')
      .map((resource) => new Alarm(alarmDefinition(resource), assembly.place, clock.now()));
  }

  get statuses(): readonly AlarmStatus[] {
    return this.alarms;
  }

  /** State changes since the last look go to the event bus and to the alarm's topics. */
  evaluate(): void {
    const { clock, metrics, onEvent, putEvent } = this.options;
    const now = clock.now();
    for (const alarm of this.alarms) {
      for (const event of alarm.evaluate(metrics, now)) {
        const { value } = fields(event.detail.state, 'state');
        const summary = `${alarm.definition.name} ${String(value)}`;
        onEvent({ at: now, kind: 'alarm', summary, data: { event } });
        this.notify(alarm, event, value);
        putEvent(event);
      }
    }
  }

  /** Of state changes alone: what a contributor does is for the bus. */
  private notify({ definition }: Alarm, event: CloudEvent, value: unknown): void {
    if (event['detail-type'] !== 'CloudWatch Alarm State Change') return;
    const actions = definition.actions[value as 'ALARM' | 'OK' | 'INSUFFICIENT_DATA'];
    for (const topicArn of actions.filter((arn) => arn.includes(':sns:'))) {
      const subject = `${String(value)}: "${definition.name}"`;
      const message = JSON.stringify(event.detail);
      this.options.publish({ at: this.options.clock.now(), topicArn, subject, message });
    }
  }
}
