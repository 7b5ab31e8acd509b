import { Command, CommanderError } from 'commander';
import { SynthesisError } from '../lib/assembly/synthesize';
import { AuditInputError } from '../lib/audit/audit-input-error';
import { LiveError } from '../lib/audit/live';
import { withoutWorkflowCommands } from '../lib/audit/report/workflow-commands';
import { SuppressionFileError } from '../lib/audit/suppression-file';
import { ConsoleError } from '../lib/console/console-error';
import { plainBlock } from '../lib/domain/messages/plain-text';
import { CannotRunError } from '../lib/drill/cannot-run';
import { ScenarioError } from '../lib/drill/scenario';
import { AuditCommandError } from './audit/audit-parts';
import { isOperatorsError } from './entry-point';
import { EXIT } from './exit-codes';
import type { Outcome, RunCommand } from './outcome';
import { whichEnvironments } from './which-environments';

/** Version of the JSON document. It rises when a field goes or changes its meaning; a new field leaves it as it is. */
export const DOCUMENT_SCHEMA = 1;

const FLAG = '--json';
const HELP = 'print one JSON document, also for an error; everything else goes to stderr';

/** Errors whose message says what to do. Any other is printed with its stack. */
const EXPECTED = [
  ...[AuditCommandError, AuditInputError, LiveError, SuppressionFileError, SynthesisError],
  ...[CannotRunError, ScenarioError, ConsoleError],
];

const isExpected = (error: unknown): error is Error =>
  isOperatorsError(error) || EXPECTED.some((each) => error instanceof each);

/** Whether the document is asked for. Read from the arguments, since Commander's own errors come before it has read them. */
const asksForJson = (args: readonly string[]): boolean => {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? args.length : end).includes(FLAG);
};

export const withJsonFlag = (program: Command): Command => {
  for (const each of program.commands.length === 0 ? [program] : program.commands) each.option(FLAG, HELP);
  return program;
};

/** An error for its readers. `shown`: on standard error already. */
const describeError = (error: unknown): { name: string; message: string; shown: boolean } => {
  if (error instanceof CommanderError) {
    const environments = whichEnvironments(error);
    // Commander has printed its own line, not this one.
    if (environments !== undefined) process.stderr.write(`${environments}\n`);
    const message = [error.message.replace(/^error: /, ''), environments ?? []].flat().join('\n');
    return { name: 'UsageError', message, shown: true };
  }
  if (isExpected(error)) return { name: error.name, message: error.message, shown: false };
  const whole = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${whole}\n`);
  return { name: 'UnexpectedError', message: error instanceof Error ? error.message : whole, shown: true };
};

/**
 * Runs a command line to its end. What a command came to, or the error that ended it, is written as text or as one JSON document.
 * @param addCommands each command hands its work to `run`
 * @returns the exit code
 */
export async function runCommandLine(
  argv: readonly string[],
  program: Command,
  addCommands: (program: Command, run: RunCommand) => void,
): Promise<number> {
  const args = argv.slice(2);
  const json = asksForJson(args);
  const write = (exitCode: number, rest: Pick<Outcome, 'result'> | { readonly error: object }): void => {
    const [command = ''] = program.commands.length === 0 ? [program.name()] : program.args;
    const document = { schema: DOCUMENT_SCHEMA, command, exitCode, ...rest };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  };
  const out = json ? process.stderr : process.stdout;
  let ended: number = EXIT.asExpected;
  addCommands(program.exitOverride(), async (work) => {
    const { exitCode, result, text = '' } = await work({ out, json });
    ended = exitCode;
    if (json) write(exitCode, { result });
    else process.stdout.write(text);
  });
  try {
    await withJsonFlag(program).parseAsync(argv);
    return ended;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.asExpected;
    const { name, message, shown } = describeError(error);
    if (json) write(EXIT.couldNotRun, { error: { name, message } });
    // It may hold names of an audited tree, and the log may be of a job with a token.
    else if (!shown) process.stderr.write(`${withoutWorkflowCommands(plainBlock(message))}\n`);
    return EXIT.couldNotRun;
  }
}
