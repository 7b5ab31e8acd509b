import type { Execution } from '../aws/executions';
import { awsCommand } from '../domain/messages/aws-command';
import { documentName } from '../domain/names/naming';
import { rightAccount, type Caller, type Target } from './account';
import type { AutomationClient } from './automation.client';
import { ConsoleError, explainAws } from './console-error';
import { followExecution, type Pace } from './follow-execution';
import { headroomCommand } from './headroom-command';
import { outcomeOf, outcomeText, type Outcome } from './outcome';
import { progressShower, type ProgressTarget } from './progress';
import { findRunbook, startParameters, type Runbook } from './runbooks';

/** What the console needs besides its input. */
export interface RunWorld {
  readonly client: AutomationClient;
  readonly caller: () => Promise<Caller>;
  readonly pace: Pace;
  readonly out: ProgressTarget;
  /** A line of progress. */
  readonly say: (line: string) => void;
  /** undefined: there is no terminal to ask on. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
  /** The operator stops following, e.g. by Ctrl-C. */
  readonly signal: AbortSignal;
  /** A UUID: AWS starts once for it, however often the call is tried. */
  readonly newToken: () => string;
  readonly runbooks?: readonly Runbook[];
}

export interface RunRequest {
  readonly runbook: string;
  readonly instanceId: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
  /** The operator agreed beforehand. */
  readonly yes: boolean;
  readonly cancelOnInterrupt: boolean;
}

/** Where a run stands when the command ends. */
export interface RunResult {
  /** `running`: following ended, the execution goes on. */
  readonly end: 'as-expected' | 'not-as-expected' | 'running' | 'declined';
  /** Absent: nothing was started. */
  readonly executionId?: string;
  /** As it was last seen; absent: it never was. */
  readonly execution?: Execution;
  /** Absent: it has not ended. */
  readonly outcome?: Outcome;
}

/**
 * Starts a runbook of the environment and follows it to its end.
 * @throws ConsoleError when nothing was started, and why
 */
export const runRunbook = async (
  target: Target,
  request: RunRequest,
  world: RunWorld,
): Promise<RunResult> => {
  const { environmentName } = target;
  const runbook = findRunbook(request.runbook, environmentName, world.runbooks);
  const parameters = startParameters(runbook, request.instanceId, request.settings);
  await rightAccount(target, world.caller);
  if (runbook.disruptive && !request.yes && !(await agreed(runbook, parameters, target, world)))
    return { end: 'declined' };
  const name = documentName(environmentName, runbook.base);
  let executionId: string;
  try {
    executionId = await world.client.start(name, parameters, world.newToken());
  } catch (error) {
    throw explainAws(error, {
      ...{ doing: `start ${name}`, environment: environmentName, region: target.region },
      allow: `ssm:StartAutomationExecution on it, and iam:PassRole on its role`,
    });
  }
  world.say(`started ${name}, execution ${executionId}`);
  return followToEnd(target, executionId, request.cancelOnInterrupt, world);
};

const agreed = async (
  { base, title }: Runbook,
  parameters: Readonly<Record<string, readonly string[]>>,
  { environmentName, account, region }: Target,
  { confirm, say }: RunWorld,
): Promise<boolean> => {
  const what = Object.entries(parameters).map(([name, values]) => `${name}=${values.join()}`);
  const question = `${base} (${title}) ${what.join(' ')} in ${environmentName}, account ${account}, ${region}`;
  if (confirm === undefined)
    throw new ConsoleError(
      `${question}: this changes nodes, and there is no terminal to ask on. Nothing was started; add --yes.`,
    );
  if (await confirm(`${question}: start it?`)) return true;
  say('Nothing was started.');
  return false;
};

/**
 * Follows an execution, shows its progress and its outcome; on the signal it says how to go on.
 * @throws ConsoleError when there is no such execution, or when it can no longer be read
 */
export const followToEnd = async (
  target: Target,
  executionId: string,
  cancelOnInterrupt: boolean,
  world: Pick<RunWorld, 'client' | 'pace' | 'out' | 'say' | 'signal'>,
): Promise<RunResult> => {
  const { environmentName: environment, region } = target;
  const { client, pace, out, say, signal } = world;
  const onProgress = progressShower(out);
  const follow = (until?: AbortSignal) =>
    followExecution({ executionId, client, pace, onProgress, ...(until !== undefined && { signal: until }) });
  const goOn =
    `follow it: ${headroomCommand(`run --follow ${executionId} --env ${environment}`)}\n` +
    `stop it:   ${awsCommand(`ssm stop-automation-execution --automation-execution-id ${executionId}`, region)}`;
  try {
    let { ended, execution } = await follow(signal);
    if (!ended && cancelOnInterrupt) {
      await client.stop(executionId);
      say('cancelled; waiting for its steps to end');
      ({ ended, execution } = await follow());
    }
    if (!ended || execution === undefined) {
      say(`The execution ${executionId} continues in AWS.\n${goOn}`);
      return { end: 'running', executionId, ...(execution !== undefined && { execution }) };
    }
    const outcome = outcomeOf(execution, region);
    out.write(`${outcomeText(outcome)}\n`);
    return { end: outcome.ok ? 'as-expected' : 'not-as-expected', executionId, execution, outcome };
  } catch (error) {
    if (error instanceof ConsoleError) throw error;
    const { message } = explainAws(error, {
      ...{ doing: `read the execution ${executionId}`, environment },
      allow: 'ssm:GetAutomationExecution and ssm:StopAutomationExecution',
    });
    // Losing sight of it says nothing about it.
    say(`${message}\nThe execution may still be running.\n${goOn}`);
    return { end: 'running', executionId };
  }
};
