import { DISK_LEVELS, workerDiskAlarmName, type DiskLevel } from '../../domain/naming';
import { alarmDefinition, type AlarmDefinition } from '../cloud/alarm-definition';
import { contributorChange, stateChange, type CloudEvent } from '../cloud/alarm-events';
import type { Assembly } from '../cloud/assembly';
import type { ModelledInstance } from '../cloud/fleet';

const namesInstance = (definition: AlarmDefinition, instanceId: string): boolean =>
  definition.metrics.some((entry) => 'stat' in entry && entry.stat.dimensions.InstanceId === instanceId);

/**
 * The synthesized disk alarms over a modelled fleet: the events that CloudWatch would send when a node's use crosses a
 * level upwards. Evaluating every minute's metrics of every node is left out; what is sent is the same.
 */
export class FleetAlarms {
  private readonly definitions: ReadonlyMap<string, AlarmDefinition>;
  private readonly inAlarm = new Map<string, Set<DiskLevel>>();
  private readonly found = new Map<string, AlarmDefinition>();

  constructor(
    private readonly assembly: Assembly,
    private readonly environmentName: string,
  ) {
    const all = assembly.ofType('AWS::CloudWatch::Alarm').map((resource) => alarmDefinition(resource));
    this.definitions = new Map(all.map((definition) => [definition.name, definition]));
  }

  /** Used percent at which the level's alarm of the node fires. @throws when the assembly has no such alarm */
  threshold(instance: ModelledInstance, level: DiskLevel): number {
    return this.definition(instance, level).threshold;
  }

  /** Events of the levels that were crossed upwards since the last look. */
  look(instance: ModelledInstance, usedPercent: number, now: Date): readonly CloudEvent[] {
    const before = this.inAlarm.get(instance.instanceId) ?? new Set();
    const levels = DISK_LEVELS.filter((level) => usedPercent >= this.threshold(instance, level));
    this.inAlarm.set(instance.instanceId, new Set(levels));
    return levels
      .filter((level) => !before.has(level))
      .map((level) => this.event(instance, level, usedPercent, now));
  }

  /** The event of one level, whatever was sent before. */
  event(instance: ModelledInstance, level: DiskLevel, usedPercent: number, now: Date): CloudEvent {
    const { place } = this.assembly;
    const definition = this.definition(instance, level);
    const reason = `Threshold Crossed: 1 datapoint [${usedPercent}] was at or above ${definition.threshold}`;
    const judgement = { state: 'ALARM', reason, recent: [usedPercent] } as const;
    if (instance.role === 'worker') {
      return contributorChange(definition, place, { InstanceId: instance.instanceId }, judgement, now);
    }
    const previous = { state: 'OK', reason: '', since: instance.launchedAt };
    return stateChange(definition, place, judgement, previous, now);
  }

  private definition(instance: ModelledInstance, level: DiskLevel): AlarmDefinition {
    const key = `${instance.role === 'worker' ? instance.nodeGroup : instance.instanceId}/${level}`;
    const known = this.found.get(key);
    if (known) return known;
    const definition =
      instance.role === 'worker'
        ? this.definitions.get(workerDiskAlarmName(this.environmentName, instance.nodeGroup, level))
        : [...this.definitions.values()].find(
            (one) => one.name.endsWith(`-disk-${level}`) && namesInstance(one, instance.instanceId),
          );
    if (!definition)
      throw new Error(`the assembly has no alarm of level ${level} for ${instance.instanceId}`);
    this.found.set(key, definition);
    return definition;
  }
}
