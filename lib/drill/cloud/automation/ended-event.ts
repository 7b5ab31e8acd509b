import { cloudEvent, type CloudEvent } from '../alarm-events';
import { secondsBetween } from '../clock';
import type { Place } from '../physical-ids';
import { serviceArn } from '../services/access';
import type { Execution } from './execution';

/** What Automation sends to the default bus when an execution has ended. */
export function executionEndedEvent(execution: Execution, place: Place, now: Date): CloudEvent {
  const { id, status, document, startedAt, executedBy } = execution;
  const detail = {
    ExecutionId: id,
    Definition: document.name,
    DefinitionVersion: 1,
    Status: status,
    StartTime: startedAt.toUTCString(),
    EndTime: now.toUTCString(),
    Time: secondsBetween(startedAt, now),
    ExecutedBy: executedBy,
  };
  const resources = [serviceArn(place, 'ssm', `automation-execution/${id}`)];
  return cloudEvent(
    place,
    'aws.ssm',
    'EC2 Automation Execution Status-change Notification',
    resources,
    detail,
    now,
  );
}
