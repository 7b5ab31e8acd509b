import type { Command } from 'commander';
import type { StatusFlags } from './console/status';
import type { RunCommand } from './outcome';

/** The SDK takes long to load, so it is loaded when it is needed; `import()` would need ES modules in the tests. */
const command = () => require('./console/status') as typeof import('./console/status');

export function addStatusCommand(cli: Command, run: RunCommand): void {
  cli
    .command('status')
    .description("Show each node's disk, volume, last heal, grows left, forecast and alarms.")
    .requiredOption('--env <name>', 'the environment')
    .addHelpText(
      'after',
      '\nExit codes: 0 all is well, 1 a person should look (an alarm, a level, a silent node, an escalated heal, or the\n' +
        'use of a node is unknown), 2 it could not be read. docs/console.md explains the columns.',
    )
    .action((flags: StatusFlags) => run(() => command().status(flags)));
}
