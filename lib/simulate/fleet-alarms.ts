import { DISK_LEVELS, workerDiskAlarmName, type DiskLevel } from '../domain/names/naming';
import {
  alarmDefinition,
  type AlarmDefinition,
  type AlarmStatus,
  type Assembly,
  type CloudEvent,
  contributorChange,
  stateChange,
} from '../../packages/local-aws/src';
import type { NodeInstance } from '../drill/cloud/node-fleet';

const namesInstance = (definition: AlarmDefinition, instanceId: string): boolean =>
  definition.metrics.some((entry) => 'stat' in entry && entry.stat.dimensions.InstanceId === instanceId);

/** An alarm as DescribeAlarms shows it, and which nodes it is in ALARM for: a group's alarm may be for many. */
interface FleetAlarm extends AlarmStatus {
  state: AlarmStatus['state'];
  since: Date;
  reason: string;
  readonly nodes: Set<string>;
}

/**
 * The synthesized disk alarms over a modelled fleet: the states that DescribeAlarms shows, and the events that
 * CloudWatch would send when a node's use crosses a level upwards. Evaluating every minute's metrics of every node is
 * left out; what is shown and sent is the same. Alarms of other things are OK.
 */
export class FleetAlarms {
  private readonly alarms: ReadonlyMap<string, FleetAlarm>;
  private readonly inAlarm = new Map<string, Set<DiskLevel>>();
  private readonly found = new Map<string, FleetAlarm>();

  constructor(
    private readonly assembly: Assembly,
    private readonly environmentName: string,
    createdAt: Date,
  ) {
    const all = assembly.ofType('AWS::CloudWatch::Alarm').map((resource): FleetAlarm => {
      const definition = alarmDefinition(resource);
      return { definition, state: 'OK', since: createdAt, reason: '', nodes: new Set() };
    });
    this.alarms = new Map(all.map((alarm) => [alarm.definition.name, alarm]));
  }

  /** All alarms of the environment. */
  get statuses(): readonly AlarmStatus[] {
    return [...this.alarms.values()];
  }

  /** Used percent at which the level's alarm of the node fires. @throws when the assembly has no such alarm */
  threshold(instance: NodeInstance, level: DiskLevel): number {
    return this.alarm(instance, level).definition.threshold;
  }

  /** Events of the levels that were crossed upwards since the last look. */
  look(instance: NodeInstance, usedPercent: number, now: Date): readonly CloudEvent[] {
    const before = this.inAlarm.get(instance.instanceId) ?? new Set();
    const levels = DISK_LEVELS.filter((level) => usedPercent >= this.threshold(instance, level));
    this.enter(instance, new Set(levels), now);
    return levels
      .filter((level) => !before.has(level))
      .map((level) => this.event(instance, level, usedPercent, now));
  }

  /** The node sends nothing any more: its alarms leave ALARM, and a level that it reports again is a new transition. */
  silent(instance: NodeInstance, now: Date): void {
    this.enter(instance, new Set(), now);
  }

  private enter(instance: NodeInstance, levels: Set<DiskLevel>, now: Date): void {
    const before = this.inAlarm.get(instance.instanceId) ?? new Set();
    this.inAlarm.set(instance.instanceId, levels);
    for (const level of DISK_LEVELS) {
      if (before.has(level) === levels.has(level)) continue;
      const alarm = this.alarm(instance, level);
      if (levels.has(level)) alarm.nodes.add(instance.instanceId);
      else alarm.nodes.delete(instance.instanceId);
      alarm.reason = `${alarm.nodes.size} nodes are at or above ${alarm.definition.threshold}`;
      const state = alarm.nodes.size > 0 ? 'ALARM' : 'OK';
      if (state !== alarm.state) Object.assign(alarm, { state, since: now });
    }
  }

  private event(instance: NodeInstance, level: DiskLevel, usedPercent: number, now: Date): CloudEvent {
    const { place } = this.assembly;
    const { definition } = this.alarm(instance, level);
    const reason = `Threshold Crossed: 1 datapoint [${usedPercent}] was at or above ${definition.threshold}`;
    const judgement = { state: 'ALARM', reason, recent: [usedPercent] } as const;
    if (instance.role === 'worker') {
      return contributorChange(definition, place, { InstanceId: instance.instanceId }, judgement, now);
    }
    const previous = { state: 'OK', reason: '', since: instance.launchedAt };
    return stateChange(definition, place, judgement, previous, now);
  }

  private alarm(instance: NodeInstance, level: DiskLevel): FleetAlarm {
    const key = `${instance.role === 'worker' ? instance.nodeGroup : instance.instanceId}/${level}`;
    const known = this.found.get(key);
    if (known) return known;
    const alarm =
      instance.role === 'worker'
        ? this.alarms.get(workerDiskAlarmName(this.environmentName, instance.nodeGroup, level))
        : [...this.alarms.values()].find(
            ({ definition }) =>
              definition.name.endsWith(`-disk-${level}`) && namesInstance(definition, instance.instanceId),
          );
    if (!alarm) throw new Error(`the assembly has no alarm of level ${level} for ${instance.instanceId}`);
    this.found.set(key, alarm);
    return alarm;
  }
}
