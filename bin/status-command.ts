import type { Command } from 'commander';
import type { StatusFlags } from './console/status';
import type { RunCommand } from './outcome';

/** The SDK takes long to load, so it is loaded when it is needed; `import()` would need ES modules in the tests. */
const command = () => require('./console/status') as typeof import('./console/status');

export function addStatusCommand(cli: Command, run: RunCommand): void {
  cli
    .command('status')
    .description("Show each node's disk, volume, last healing, remaining growth, forecast and alarms.")
    .requiredOption('--env <name>', 'the environment')
    .addHelpText(
      'after',
      '\nExit codes: 0 all is well, 1 a person should check (an alarm, a disk level, a silent node, an escalated healing,\n' +
        'or a node whose disk usage is unknown), 2 it could not be read. Columns: docs/console.md.',
    )
    .action((flags: StatusFlags) => run(() => command().status(flags)));
}
