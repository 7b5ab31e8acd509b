import { randomUUID } from 'node:crypto';
import { rightAccount } from '../../lib/console/account';
import { awsCaller } from '../../lib/console/account.client';
import { awsAutomationClient } from '../../lib/console/automation.client';
import { ConsoleError } from '../../lib/console/console-error';
import { headroomCommand } from '../../lib/console/headroom-command';
import { REAL_PACE } from '../../lib/console/real-pace';
import { followToEnd, runRunbook, type RunResult } from '../../lib/console/run-runbook';
import { readSettings, runbookList, runbooks } from '../../lib/console/runbooks';
import { EXIT } from '../exit-codes';
import type { Outcome, Screen } from '../outcome';
import { confirmOnTerminal, loadTarget, say, withInterrupt } from './world';

export interface RunFlags {
  readonly env: string;
  readonly instance?: string;
  readonly set: readonly string[];
  readonly yes?: boolean;
  readonly list?: boolean;
  readonly follow?: string;
  readonly cancelOnInterrupt?: boolean;
}

const CODES: Readonly<Record<RunResult['end'], number>> = {
  'as-expected': EXIT.asExpected,
  'not-as-expected': EXIT.notAsExpected,
  running: EXIT.stillRunning,
  declined: EXIT.couldNotRun,
};

export async function run(name: string | undefined, flags: RunFlags, { out }: Screen): Promise<Outcome> {
  const { target } = loadTarget(flags.env);
  if (flags.list === true) {
    const all = runbooks();
    return {
      exitCode: EXIT.asExpected,
      result: { runbooks: all },
      text: `${runbookList(all, flags.env)}\n`,
    };
  }
  if ((name === undefined) === (flags.follow === undefined))
    throw new ConsoleError(
      'Give the name of a runbook, or --follow EXECUTION_ID, and not both. ' +
        `\`${headroomCommand(`run --list --env ${flags.env}`)}\` lists the runbooks.`,
    );
  const settings = readSettings(flags.set);
  const { follow, instance, yes = false, cancelOnInterrupt = false } = flags;
  const caller = () => awsCaller(target.region);
  const parts = { client: awsAutomationClient(target.region), pace: REAL_PACE, out, say };
  const result = await withInterrupt(async (signal) => {
    const world = { ...parts, caller, signal, newToken: randomUUID, confirm: confirmOnTerminal() };
    if (follow === undefined)
      return runRunbook(
        target,
        { runbook: name ?? '', instanceId: instance, settings, yes, cancelOnInterrupt },
        world,
      );
    await rightAccount(target, caller);
    return followToEnd(target, follow, cancelOnInterrupt, world);
  });
  return { exitCode: CODES[result.end], result };
}
