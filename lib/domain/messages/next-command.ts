import { awsCommand } from './aws-command';
import { isInstanceId } from '../names/instance-id';
import type { AssessResult } from '../node/node-figures';
import type { Verdict } from '../outcome/verdict';

/**
 * What an operator types next, ready to paste; null when nothing is to be done.
 */
export const nextCommand = (report: {
  readonly verdict: Verdict;
  readonly instanceId: string;
  readonly executionId: string;
  readonly evidence: { readonly assess: AssessResult | null };
  /** EC2's own word, e.g. `running`; undefined: EC2 was not asked, or did not answer. */
  readonly state?: string | undefined;
  /** undefined or '': unknown. */
  readonly region?: string | undefined;
}): string | null => {
  const aws = (words: string): string => awsCommand(words, report.region);
  if (report.verdict !== 'escalated') return null;
  if (!isInstanceId(report.instanceId)) {
    return aws(`ssm get-automation-execution --automation-execution-id ${report.executionId}`);
  }
  // No session opens on a node that does not run.
  if (report.state === 'stopped' || report.state === 'stopping')
    return aws(`ec2 start-instances --instance-ids ${report.instanceId}`);
  if (report.state === 'terminated' || report.state === 'shutting-down')
    return aws(
      `ec2 describe-instances --instance-ids ${report.instanceId} --query 'Reservations[].Instances[].StateTransitionReason'`,
    );
  // No evidence: perhaps the agent itself has no space to work in. The console shows whether the node boots at all.
  if (report.evidence.assess === null) {
    return aws(`ec2 get-console-output --latest --output text --instance-id ${report.instanceId}`);
  }
  return aws(`ssm start-session --target ${report.instanceId}`);
};
