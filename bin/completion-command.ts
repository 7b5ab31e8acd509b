import { join } from 'node:path';
import { Argument, type Command, type Option } from 'commander';
import { FORMATS } from '../lib/audit/report';
import { environmentNames } from '../lib/config/load';
import { bashCompletion } from '../lib/console/completion/bash';
import { fishCompletion } from '../lib/console/completion/fish';
import type { CompletedProgram, Values } from '../lib/console/completion/model';
import { zshCompletion } from '../lib/console/completion/zsh';
import { runbooks } from '../lib/console/runbooks';
import { shippedScenarios } from '../lib/drill/scenario';
import { auditPieces } from './audit/audit-pieces';
import { EXIT } from './exit-codes';
import type { RunCommand } from './outcome';

const PROJECT_ROOT = join(__dirname, '..');

/** Values that Commander does not know as choices, by the name of the option or argument. */
export const KNOWN_VALUES: Readonly<Record<string, () => readonly string[]>> = {
  '--env': () => environmentNames(join(PROJECT_ROOT, 'environments')),
  '--explain': () => auditPieces(PROJECT_ROOT).rules.map(({ id }) => id),
  '--format': () => FORMATS,
  '--scenario': () => shippedScenarios(),
  runbook: () => runbooks().map(({ base }) => base),
};

/** @param placeholder e.g. `<file>`, which says what the value is */
const valuesOf = (name: string, choices: readonly string[] | undefined, placeholder: string): Values => {
  const words = choices ?? KNOWN_VALUES[name]?.();
  if (words !== undefined) return { kind: 'words', words };
  if (/\b(file|path)\b/.test(placeholder)) return { kind: 'files' };
  return { kind: /\bdir\b/.test(placeholder) ? 'directories' : 'unknown' };
};

const optionOf = ({ long, flags, description, argChoices }: Option) => {
  const name = long ?? flags;
  const placeholder = /[<[].*/.exec(flags)?.[0];
  return {
    name,
    description,
    values: placeholder === undefined ? undefined : valuesOf(name, argChoices, placeholder),
  };
};

/** The command line as Commander has it. */
export const completedProgram = (cli: Command): CompletedProgram => ({
  name: cli.name(),
  commands: cli.commands.map((command) => {
    const [argument] = command.registeredArguments;
    return {
      name: command.name(),
      description: command.description(),
      options: command.createHelp().visibleOptions(command).map(optionOf),
      argument: argument && valuesOf(argument.name(), argument.argChoices, argument.name()),
    };
  }),
});

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;
type Shell = keyof typeof SHELLS;

/** `headroom completion`. */
export function addCompletionCommand(cli: Command, run: RunCommand): void {
  cli
    .command('completion')
    .description('Print a completion script for your shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      '\nbash: source <(npx headroom completion bash)   zsh: the same, after compinit   fish: npx headroom completion fish | source\n' +
        'It completes `headroom` and `npx headroom`. Exit codes: 0 printed, 2 it could not be.',
    )
    .action((shell: Shell) =>
      run(() => {
        const script = SHELLS[shell](completedProgram(cli));
        return { exitCode: EXIT.asExpected, result: { shell, script }, text: script };
      }),
    );
}
