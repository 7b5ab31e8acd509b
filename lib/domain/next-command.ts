import { isInstanceId } from './instance-id';
import type { AssessResult } from './node-figures';
import type { PlanPayload } from './plan-payload';
import type { Verdict } from './verdict';

/**
 * What an operator types next, ready to paste; null when nothing is to be done.
 * Commands were told from each other by what is missing: a look at the node, or one more try.
 */
export const nextCommand = (report: {
  readonly verdict: Verdict;
  readonly instanceId: string;
  readonly documentName: string;
  readonly executionId: string;
  readonly plan: PlanPayload | null;
  readonly evidence: { readonly assess: AssessResult | null };
}): string | null => {
  if (report.verdict !== 'escalated') return null;
  if (!isInstanceId(report.instanceId)) {
    return `aws ssm get-automation-execution --automation-execution-id ${report.executionId}`;
  }
  // No evidence: perhaps the agent itself has no space to work in. The console shows whether the node boots at all.
  if (report.evidence.assess === null) {
    return `aws ec2 get-console-output --latest --output text --instance-id ${report.instanceId}`;
  }
  if (report.plan?.action === 'wait') {
    return `aws ssm start-automation-execution --document-name ${report.documentName} --parameters InstanceId=${report.instanceId}`;
  }
  return `aws ssm start-session --target ${report.instanceId}`;
};
