import type { Command } from 'commander';
import type { PauseFlags, ResumeFlags } from './console/pause';
import type { RunCommand } from './outcome';

/** The SDK takes long to load, so it is loaded when it is needed; `import()` would need ES modules in the tests. */
const command = () => require('./console/pause') as typeof import('./console/pause');

const CODES =
  '\nExit codes: 0 done, or nothing to resume; 1 done, and guards or operators could not be notified, or the node group that was\n' +
  'resumed is still paused with its environment (the message says which); 2 nothing was changed.\n' +
  'What a pause stops, and what it does not: docs/console.md.';

export function addPauseCommands(cli: Command, run: RunCommand): void {
  cli
    .command('pause')
    .description('Pause healing in an environment or one node group, until a given time.')
    .requiredOption('--env <name>', 'the environment')
    .option('--node-group <name>', 'control-plane or a worker group (default: every node group)')
    .requiredOption(
      '--until <when>',
      'when it ends: e.g. 90m, 2h, 3d or 2026-11-29T22:00:00Z; at most 30 days away',
    )
    .requiredOption('--why <text>', 'the reason, shown by status and in messages')
    .addHelpText('after', CODES)
    .action((flags: PauseFlags) => run(() => command().pause(flags)));
  cli
    .command('resume')
    .description('End a pause early.')
    .requiredOption('--env <name>', 'the environment')
    .option('--node-group <name>', "only this group's pause (default: every pause of the environment)")
    .addHelpText('after', CODES)
    .action((flags: ResumeFlags) => run(() => command().resume(flags)));
}
