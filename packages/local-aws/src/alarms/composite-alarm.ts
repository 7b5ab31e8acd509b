import { cloudEvent, stamp, type CloudEvent } from './alarm-events';
import type { AlarmState } from './alarm-state';
import type { AssemblyResource } from '../template/assembly';
import { onlyKeys, optional, text, texts } from '../values/fields';
import type { Place } from '../template/physical-ids';

interface Condition {
  readonly state: AlarmState;
  readonly alarmName: string;
}

const KNOWN = ['AlarmName', 'AlarmDescription', 'AlarmRule', 'AlarmActions', 'Tags'];

/**
 * Of the rule language only this part: states of alarms, all of which must hold.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
const conditionsOf = (rule: string, where: string): readonly Condition[] =>
  rule
    .replace(/^\((.*)\)$/, '$1')
    .split(' AND ')
    .map((term) => {
      const [, state, name] =
        /^(OK|ALARM|INSUFFICIENT_DATA)\("(?:arn:.*:alarm:)?([^"]+)"\)$/.exec(term) ?? [];
      if (name === undefined)
        throw new Error(`${where}: cannot read ${JSON.stringify(term)} of its AlarmRule`);
      return { state: state as AlarmState, alarmName: name };
    });

/** An alarm on the states of others. It is in ALARM while its rule holds, and otherwise OK. */
export class CompositeAlarm {
  readonly name: string;
  /** ARNs, by the state that is entered. */
  readonly actions: Readonly<Record<AlarmState, readonly string[]>>;
  state: AlarmState = 'INSUFFICIENT_DATA';
  private readonly arn: string;
  private readonly rule: string;
  private readonly conditions: readonly Condition[];

  constructor(
    { properties, physicalId, arn }: AssemblyResource,
    private readonly place: Place,
    private since: Date,
  ) {
    const where = `composite alarm ${physicalId}`;
    onlyKeys(properties, KNOWN, where);
    this.name = physicalId;
    this.arn = arn ?? physicalId;
    this.rule = text(properties.AlarmRule, `${where}.AlarmRule`);
    this.conditions = conditionsOf(this.rule, where);
    const ALARM = optional(properties.AlarmActions, `${where}.AlarmActions`, texts, []);
    this.actions = { ALARM, OK: [], INSUFFICIENT_DATA: [] };
  }

  /** @param stateOf undefined: there is no such alarm */
  evaluate(stateOf: (alarmName: string) => AlarmState | undefined, now: Date): readonly CloudEvent[] {
    const holds = this.conditions.every(({ state, alarmName }) => stateOf(alarmName) === state);
    const [previous, state]: AlarmState[] = [this.state, holds ? 'ALARM' : 'OK'];
    if (state === previous) return [];
    const detail = {
      alarmName: this.name,
      configuration: { alarmRule: this.rule },
      previousState: { value: previous, timestamp: stamp(this.since) },
      state: { value: state, reason: this.rule, timestamp: stamp(now) },
    };
    this.state = state!;
    this.since = now;
    const type = 'CloudWatch Alarm State Change';
    return [cloudEvent(this.place, 'aws.cloudwatch', type, [this.arn], detail, now)];
  }
}
