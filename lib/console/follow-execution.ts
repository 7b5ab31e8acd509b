import { means } from '../aws/errors';
import type { Execution } from '../aws/executions';
import type { AutomationClient } from './automation.client';
import { ConsoleError, isPassing } from './console-error';

/** Time, so that tests need none. */
export interface Pace {
  readonly nowMs: () => number;
  /** Ends early, without an error, when the signal aborts. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

export interface FollowOptions {
  readonly executionId: string;
  readonly client: Pick<AutomationClient, 'execution'>;
  readonly pace: Pace;
  /** Called at each poll, the last one included. */
  readonly onProgress: (execution: Execution, nowMs: number) => void;
  /** Following stops; the execution goes on. */
  readonly signal?: AbortSignal;
}

/** Where the execution stands when following ends. */
export interface Followed {
  /** false: it still runs. */
  readonly ended: boolean;
  /** undefined: it was never seen. */
  readonly execution: Execution | undefined;
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-statuses.html */
const ENDED = [
  'Success',
  'Failed',
  'TimedOut',
  'Cancelled',
  'Rejected',
  'Exited',
  'CompletedWithSuccess',
  'CompletedWithFailure',
];
export const hasEnded = (status: string): boolean => ENDED.includes(status);

/** Between two polls; steps take seconds to minutes. Milliseconds. */
const POLL_EVERY_MS = 2_000;
/** After a quarter of an hour, less often: an upgrade takes an hour. */
const LATER_EVERY_MS = 5_000;
const LATER_AFTER_MS = 15 * 60_000;
/** So many polls in a row may fail, each with a longer wait, about five minutes in all. */
const FAILED_POLLS = 12;
const LONGEST_WAIT_MS = 30_000;
/** An execution that was just started may not be known everywhere yet. */
const UNKNOWN_POLLS = 4;

/**
 * Polls an execution until it has ended or the signal aborts. Throttling and a lost network are waited out: the
 * execution does not need us.
 * @throws ConsoleError when there is no such execution; what the SDK throws when polling fails for good, which says
 *   nothing about the execution
 */
export const followExecution = async (options: FollowOptions): Promise<Followed> => {
  const { executionId, client, pace, onProgress, signal } = options;
  const startedMs = pace.nowMs();
  let failed = 0;
  let execution: Execution | undefined;
  while (signal?.aborted !== true) {
    let waitMs = pace.nowMs() - startedMs > LATER_AFTER_MS ? LATER_EVERY_MS : POLL_EVERY_MS;
    try {
      execution = await client.execution(executionId);
      failed = 0;
      onProgress(execution, pace.nowMs());
      if (hasEnded(execution.status)) return { ended: true, execution };
    } catch (error) {
      failed += 1;
      const unknown = means(error, 'noExecution');
      if (unknown && (failed >= UNKNOWN_POLLS || execution !== undefined))
        throw new ConsoleError(
          `There is no execution ${executionId} in this account and region. ` +
            'Its id is in the output of `npx headroom run`, and in the Systems Manager console below Automation; it is kept for 30 days.',
          { cause: error },
        );
      if (!unknown && (!isPassing(error) || failed >= FAILED_POLLS)) throw error;
      waitMs = Math.min(LONGEST_WAIT_MS, POLL_EVERY_MS * 2 ** (failed - 1));
    }
    await pace.sleep(waitMs, signal);
  }
  return { ended: false, execution };
};
