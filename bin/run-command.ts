import type { Command } from 'commander';
import type { RunFlags } from './console/run';
import type { RunCommand } from './outcome';

/** The SDK takes long to load, so it is loaded when it is needed; `import()` would need ES modules in the tests. */
const command = () => require('./console/run') as typeof import('./console/run');

export function addRunCommand(cli: Command, run: RunCommand): void {
  cli
    .command('run')
    .description('Start a runbook (an Automation document) of an environment and follow it to its end.')
    .argument('[runbook]', 'e.g. DiagnoseNode, DrainNode or HealNode; --list shows all')
    .requiredOption('--env <name>', 'the environment')
    .option('--instance <id>', 'the node (the parameter InstanceId)')
    .option('--set <Key=Value>', 'any other parameter; may be given several times', collect, [] as string[])
    .option('--yes', 'do not ask for confirmation')
    .option('--list', 'list the runbooks with their parameters; needs no credentials')
    .option('--follow <execution>', 'follow an execution that was started before')
    .option('--cancel-on-interrupt', 'Ctrl-C also cancels the execution (default: it continues in AWS)')
    .addHelpText(
      'after',
      '\nExit codes: 0 it succeeded, 1 it failed, was cancelled, or a person must check, 2 nothing was started,\n' +
        '3 it continues in AWS and is no longer followed. Rights and examples: docs/console.md.',
    )
    .action((name: string | undefined, flags: RunFlags) =>
      run((screen) => command().run(name, flags, screen)),
    );
}

const collect = (value: string, before: string[]): string[] => [...before, value];
