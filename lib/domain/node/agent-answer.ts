import type { AutomationStepFacts } from '../outcome/automation-execution';

/**
 * What Run Command's answer says of the agent where the script could not speak for itself; undefined: nothing. Measured with
 * the amazon-ssm-agent of 2024-10 (after 3.3.987) on a filling disk:
 * - without room for its own files the agent answers Failed with nothing in it;
 * - with a little room the script runs, its answer is lost, and Failed comes 63 s later;
 * - after a power cut Failed comes with the restarted agent, or no answer at all.
 */
export const explainAgent = ({
  status,
  outputs,
  failureMessage = '',
}: AutomationStepFacts): string | undefined => {
  if (
    /ipc messaging received timeout|document process failed unexpectedly/i.test(
      failureMessage + said(outputs),
    )
  ) {
    return (
      'the agent lost its worker: the disk is nearly full, or the machine or the agent restarted meanwhile; ' +
      'the script may still have finished'
    );
  }
  const empty = said(outputs).trim() === '' && /\bOutput=\[\s*\]/.test(failureMessage);
  return status === 'Failed' && empty
    ? 'the agent returned Failed without output: it could not write its own files (disk or inodes full, or read-only)'
    : undefined;
};

const said = (outputs: AutomationStepFacts['outputs']): string => outputs['Output']?.[0] ?? '';
