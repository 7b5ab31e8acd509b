import type { Command } from 'commander';
import type { DoctorFlags } from './console/doctor';
import type { RunCommand } from './outcome';

/** The SDK takes long to load, so it is loaded when it is needed; `import()` would need ES modules in the tests. */
const command = () => require('./console/doctor') as typeof import('./console/doctor');

export function addDoctorCommand(cli: Command, run: RunCommand): void {
  cli
    .command('doctor')
    .description('Check this machine for the drill, and an account for an environment; say what to do next.')
    .option('--env <name>', 'check the account of this environment too (needs credentials)')
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing failed (there may be warnings, and what was not checked), 1 a check failed, 2 it could not run.\n' +
        'It only reads. docs/console.md lists the checks and the rights.',
    )
    .action((flags: DoctorFlags) => run(() => command().doctor(flags)));
}
