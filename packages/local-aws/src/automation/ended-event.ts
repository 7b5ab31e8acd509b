import { cloudEvent, type CloudEvent } from '../alarms/alarm-events';
import type { Place } from '../template/physical-ids';
import { serviceArn } from '../services/access';
import type { Execution } from './execution';

/** e.g. `Nov 29, 2024 7:43:20 PM`. */
const timeOf = (date: Date): string => {
  const zone = { timeZone: 'UTC' } as const;
  const day = date.toLocaleDateString('en-US', { ...zone, dateStyle: 'medium' });
  const time = date.toLocaleTimeString('en-US', { ...zone, timeStyle: 'medium' });
  // Node.js writes a narrow no-break space before AM and PM.
  return `${day} ${time}`.replace(/\s/g, ' ');
};

/**
 * What Automation sends to the default bus when an execution has ended. Time: milliseconds.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
 */
export function executionEndedEvent(execution: Execution, place: Place, now: Date): CloudEvent {
  const { id, status, document, startedAt, executedBy } = execution;
  const detail = {
    ExecutionId: id,
    Definition: document.name,
    DefinitionVersion: 1,
    Status: status,
    StartTime: timeOf(startedAt),
    EndTime: timeOf(now),
    Time: now.getTime() - startedAt.getTime(),
    ExecutedBy: executedBy,
  };
  const resources = [`automation-execution/${id}`, `automation-definition/${document.name}:1`].map((name) =>
    serviceArn(place, 'ssm', name),
  );
  return cloudEvent(
    place,
    'aws.ssm',
    'EC2 Automation Execution Status-change Notification',
    resources,
    detail,
    now,
  );
}
