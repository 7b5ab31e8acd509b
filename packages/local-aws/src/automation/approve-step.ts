import { list, number, onlyKeys, optional, text, type Fields } from '../values/fields';
import { StepFailure, type Action } from './types';

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-approve.html */
export const APPROVE_TIMEOUT_SECONDS = 604_800;
const MAX_APPROVERS = 10;
const MAX_MESSAGE_LENGTH = 4_096;
/** How often the local AWS looks for an answer. */
const LOOK_SECONDS = 1;

export function checkApprove(inputs: Fields, where: string): void {
  onlyKeys(inputs, ['Approvers', 'Message', 'MinRequiredApprovals', 'NotificationArn'], `${where}.inputs`);
  const approvers = list(inputs.Approvers, `${where}.inputs.Approvers`);
  if (approvers.length < 1 || approvers.length > MAX_APPROVERS)
    throw new Error(`${where}: 1 to ${MAX_APPROVERS} Approvers, got ${approvers.length}`);
  approvers.forEach((approver) => text(approver, `${where}.inputs.Approvers`));
  if (optional(inputs.MinRequiredApprovals, 'MinRequiredApprovals', number, 1) !== 1)
    throw new Error(`${where}: more than one approval is not interpreted`);
  if (inputs.NotificationArn !== undefined) throw new Error(`${where}: NotificationArn is not interpreted`);
}

/** Waits for SendAutomationSignal. Output: ApprovalStatus. A rejection fails the step. */
export const approve: Action = async (inputs, { clock, signals }, step) => {
  const message = optional(inputs.Message, 'Message', text, '');
  if (message.length > MAX_MESSAGE_LENGTH) throw new StepFailure('Message is too long');
  for (;;) {
    const signal = signals?.take(step.name);
    if (signal === 'Approve') return { outputs: { ApprovalStatus: 'Approved' } };
    if (signal === 'Reject')
      throw new StepFailure(`Step ${step.name} was rejected.`, {
        type: 'Rejected',
        outputs: { ApprovalStatus: 'Rejected' },
      });
    await clock.sleep(LOOK_SECONDS);
  }
};
