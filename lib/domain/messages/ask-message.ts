import { describePlan } from '../plan/owner-decision';
import type { PlanPayload } from '../plan/plan-payload';
import { formatPercent } from '../units';
import { environmentFile } from '../names/naming';
import { awsCommand } from './aws-command';

/** A request for approval, before a node is changed. */
export interface Ask {
  readonly environment: string;
  /** For commands; undefined or '': unknown. */
  readonly region?: string | undefined;
  readonly instanceId: string;
  /** '' when unknown. */
  readonly nodeGroup: string;
  readonly executionId: string;
  /** null: not planned yet; the question is whether the disk is cleaned. */
  readonly plan: PlanPayload | null;
  /** ISO 8601; without an answer by then the request counts as rejected. */
  readonly until: string;
}

/** ASCII, less than 100 characters. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export const askSubject = ({ environment, instanceId }: Ask): string =>
  `[${environment}] APPROVAL NEEDED: heal the disk of ${instanceId}?`.slice(0, 99);

type Asked = Pick<Ask, 'executionId' | 'region'>;

const signal = ({ executionId, region }: Asked, type: 'Approve' | 'Reject'): string =>
  awsCommand(
    `ssm send-automation-signal --automation-execution-id ${executionId} --signal-type ${type}`,
    region,
  );

/** What answers the question. */
export const approveCommand = (ask: Asked): string => signal(ask, 'Approve');
export const rejectCommand = (ask: Asked): string => signal(ask, 'Reject');

/** Use of `/`, e.g. `91 %`; undefined: not measured. */
export const askDisk = ({ plan }: Ask): string | undefined =>
  plan === null || plan.usedPercent === null ? undefined : formatPercent(plan.usedPercent);

export const askText = (ask: Ask): string => {
  const { environment, instanceId, nodeGroup, plan, until } = ask;
  const disk = askDisk(ask);
  return [
    `Headroom needs your approval to heal ${instanceId}${nodeGroup === '' ? '' : ` (${nodeGroup})`}, environment ${environment}.`,
    '',
    `Plan:     ${describePlan(plan)}.`,
    ...(plan === null ? [] : [`Why:      ${plan.reason}`]),
    ...(disk === undefined ? [] : [`Disk /:   ${disk} used`]),
    `Until:    ${until}; without an answer by then the request counts as rejected and the node is not changed`,
    '',
    'Approve:',
    `  ${approveCommand(ask)}`,
    'Reject:',
    `  ${rejectCommand(ask)}`,
    '',
    `The approvers, and what needs approval, are set under healing in ${environmentFile(environment)}.`,
  ].join('\n');
};
