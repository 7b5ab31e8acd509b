import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { ConsoleError } from '../lib/console/console-error';
import { REAL_PACE } from '../lib/console/real-pace';
import type { RunEnd } from '../lib/console/run-runbook';
import { confirmOnTerminal, loadTarget, say, withInterrupt } from './console-world';
import { EXIT } from './exit-codes';

/** `import()` would pass by the loader of cli.js, and so not find TypeScript. */
const load = createRequire(__filename);

interface RunFlags {
  readonly env: string;
  readonly instance?: string;
  readonly set: readonly string[];
  readonly yes?: boolean;
  readonly list?: boolean;
  readonly follow?: string;
  readonly cancelOnInterrupt?: boolean;
}

const CODES: Readonly<Record<RunEnd, number>> = {
  'as-expected': EXIT.asExpected,
  'not-as-expected': EXIT.notAsExpected,
  running: EXIT.stillRunning,
  declined: EXIT.couldNotRun,
};

async function run(name: string | undefined, flags: RunFlags): Promise<number> {
  const { target } = loadTarget(flags.env);
  const { readSettings, runbookList, runbooks } = load(
    '../lib/console/runbooks',
  ) as typeof import('../lib/console/runbooks');
  if (flags.list === true) {
    process.stdout.write(`${runbookList(runbooks(), flags.env)}\n`);
    return EXIT.asExpected;
  }
  if ((name === undefined) === (flags.follow === undefined))
    throw new ConsoleError(
      'Give the name of a runbook, or --follow EXECUTION_ID, and not both. `headroom run --list --env ' +
        `${flags.env}\` says what there is.`,
    );
  const settings = readSettings(flags.set);
  // The SDK takes longer to load than all else here.
  const { followToEnd, runRunbook } = load(
    '../lib/console/run-runbook',
  ) as typeof import('../lib/console/run-runbook');
  const { awsAutomationClient } = load(
    '../lib/console/automation.client',
  ) as typeof import('../lib/console/automation.client');
  const { rightAccount } = load('../lib/console/account') as typeof import('../lib/console/account');
  const { awsCaller } = load(
    '../lib/console/account.client',
  ) as typeof import('../lib/console/account.client');
  const { follow, instance, yes = false, cancelOnInterrupt = false } = flags;
  const caller = () => awsCaller(target.region);
  const parts = { client: awsAutomationClient(target.region), pace: REAL_PACE, out: process.stdout, say };
  return CODES[
    await withInterrupt(async (signal) => {
      const world = { ...parts, caller, signal, newToken: randomUUID, confirm: confirmOnTerminal() };
      if (follow === undefined)
        return runRunbook(
          target,
          { runbook: name ?? '', instanceId: instance, settings, yes, cancelOnInterrupt },
          world,
        );
      await rightAccount(target, caller);
      return followToEnd(target, follow, cancelOnInterrupt, world);
    })
  ];
}

export function addRunCommand(cli: Command, done: (exitCode: number) => void): void {
  cli
    .command('run')
    .description('Start a runbook (an Automation document) of an environment and follow it to its end.')
    .argument('[runbook]', 'e.g. DiagnoseNode, DrainNode, HealNode; --list says what there is')
    .requiredOption('--env <name>', 'the environment')
    .option('--instance <id>', 'the node: the parameter InstanceId')
    .option('--set <Key=Value>', 'another parameter; may be given several times', collect, [] as string[])
    .option('--yes', 'do not ask, whatever it changes')
    .option('--list', 'all runbooks with their parameters; needs no credentials')
    .option('--follow <execution>', 'follow one that was started before')
    .option('--cancel-on-interrupt', 'Ctrl-C cancels the execution too; without, it goes on in AWS')
    .addHelpText(
      'after',
      '\nExit codes: 0 it succeeded, 1 it failed, was cancelled, or a person must look, 2 nothing was started,\n' +
        '3 it goes on in AWS and is no longer followed. docs/console.md has rights and examples.',
    )
    .action(async (name: string | undefined, flags: RunFlags) => done(await run(name, flags)));
}

const collect = (value: string, before: string[]): string[] => [...before, value];
