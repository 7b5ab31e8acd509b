import { Alarm, type AlarmStatus } from './alarm';
import { alarmDefinition, type AlarmDefinition } from './alarm-definition';
import type { CloudEvent } from './alarm-events';
import type { AlarmState } from './alarm-state';
import type { Assembly } from '../template/assembly';
import type { Clock } from '../time/clock';
import { CompositeAlarm } from './composite-alarm';
import type { EventSink } from '../account-event';
import { fields } from '../values/fields';
import type { MetricStore } from '../metrics/metric-store';
import type { PublishedMessage } from '../services/sns';

export interface AlarmsOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly metrics: MetricStore;
  readonly onEvent: EventSink;
  /** On their way to the default bus. */
  readonly putEvent: (event: CloudEvent) => void;
  readonly publish: (message: PublishedMessage) => void;
}

/** What of an alarm decides who hears of it. */
type Heard = Pick<AlarmDefinition, 'name' | 'actions'>;

/** Every synthesized alarm, and what CloudWatch sends when one changes its state. */
export class Alarms {
  private readonly alarms: readonly Alarm[];
  private readonly composites: readonly CompositeAlarm[];

  constructor(private readonly options: AlarmsOptions) {
    const { assembly, clock } = options;
    this.alarms = assembly
      .ofType('AWS::CloudWatch::Alarm')
      .map((resource) => new Alarm(alarmDefinition(resource), assembly.place, clock.now()));
    this.composites = assembly
      .ofType('AWS::CloudWatch::CompositeAlarm')
      .map((resource) => new CompositeAlarm(resource, assembly.place, clock.now()));
  }

  get statuses(): readonly AlarmStatus[] {
    return this.alarms;
  }

  /** State changes since the last look go to the event bus and to the alarm's topics. */
  evaluate(): void {
    const { clock, metrics } = this.options;
    const now = clock.now();
    for (const alarm of this.alarms)
      for (const event of alarm.evaluate(metrics, now)) this.send(alarm.definition, event, now);
    const stateOf = (name: string) => this.alarms.find(({ definition }) => definition.name === name)?.state;
    for (const composite of this.composites)
      for (const event of composite.evaluate(stateOf, now)) this.send(composite, event, now);
  }

  private send(alarm: Heard, event: CloudEvent, now: Date): void {
    const { value } = fields(event.detail.state, 'state');
    const summary = `${alarm.name} ${String(value)}`;
    this.options.onEvent({ at: now, kind: 'alarm', summary, data: { event } });
    this.notify(alarm, event, value);
    this.options.putEvent(event);
  }

  /** Of state changes alone: what a contributor does is for the bus. */
  private notify({ name, actions: all }: Heard, event: CloudEvent, value: unknown): void {
    if (event['detail-type'] !== 'CloudWatch Alarm State Change') return;
    const actions = all[value as AlarmState];
    for (const topicArn of actions.filter((arn) => arn.includes(':sns:'))) {
      const subject = `${String(value)}: "${name}"`;
      const message = JSON.stringify(event.detail);
      this.options.publish({ at: this.options.clock.now(), topicArn, subject, message });
    }
  }
}
