import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { FORMATS, type Format } from '../lib/audit/report';
import { withoutWorkflowCommands } from '../lib/audit/report/workflow-commands';
import { SEVERITIES } from '../lib/audit/rule';
import { plainBlock } from '../lib/domain/messages/plain-text';
import type { AuditParts } from './audit/audit-parts';
import { explain, listRules } from './audit/explain';
import { EXIT, isFormat, runAudit, type AuditFlags } from './audit/run-audit';

const PROJECT_ROOT = join(__dirname, '..');

const collect = (value: string, before: string[]): string[] => [...before, value];

const format = (value: string, before: Format[]): Format[] => {
  if (!isFormat(value)) throw new InvalidArgumentError(`It must be one of ${FORMATS.join(', ')}.`);
  return [...before, value];
};

const version = (): string =>
  (JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as { version: string }).version;

interface Flags extends AuditFlags {
  readonly explain?: string;
  readonly listRules?: boolean;
}

/** To standard error. The text may hold names of an audited tree, and the log may be of a job with a token. */
const say = (text: string): void => {
  process.stderr.write(`${withoutWorkflowCommands(plainBlock(text))}\n`);
};

/** Errors that say what to change; of any other the stack is needed. */
const EXPECTED =
  /^(AuditCommandError|AuditInputError|SynthesisError|SuppressionFileError|LiveError)$|Environment/;

async function run(path: string | undefined, flags: Flags, parts: () => AuditParts): Promise<number> {
  try {
    if (flags.listRules === true || flags.explain !== undefined) {
      const { rules } = parts().pieces;
      process.stdout.write(flags.explain === undefined ? listRules(rules) : explain(rules, flags.explain));
      return EXIT.clean;
    }
    return await runAudit(path, flags, parts(), {
      cwd: process.cwd(),
      nowMs: () => Date.now(),
      stdout: process.stdout,
      say,
      version: version(),
    });
  } catch (error) {
    if (!(error instanceof Error && EXPECTED.test(error.name))) throw error;
    say(error.message);
    return EXIT.couldNotRun;
  }
}

/** `headroom audit`. Its parts are asked for when it runs, so that other commands start without them. */
export function addAuditCommand(
  cli: Command,
  done: (exitCode: number) => void,
  parts: () => AuditParts,
): void {
  cli
    .command('audit')
    .description('Say what the disk sizes in templates break, cost, and leave of headroom.')
    .argument(
      '[path]',
      'a cdk.out, a template, or a directory of them (default: synthesize the environments)',
    )
    .option('--env <name>', 'only this environment')
    .option('--base <path>', 'compare with this cdk.out, template or directory, e.g. of main')
    .option(
      '--format <format>',
      `${FORMATS.join(', ')}; may be given several times (default: text)`,
      format,
      [] as Format[],
    )
    .option(
      '--output <file>',
      'where the format of the same position goes, in place of stdout',
      collect,
      [] as string[],
    )
    .addOption(
      new Option('--fail-on <severity>', 'exit 1 from this severity on')
        .choices([...SEVERITIES, 'never'])
        .default('error'),
    )
    .option('--fix', 'fix what can be fixed in the environment files, keep their comments, audit again')
    .option('--explain <rule>', 'what a rule looks at, why, and how to fix it')
    .option('--list-rules', 'all rules')
    .option('--live', "look at the account's volumes and 30 days of metrics too (needs credentials)")
    .option(
      '--suppressions <file>',
      'accepted findings (default: .headroom-audit.yaml beside the environment files)',
    )
    .option('--ssm-parameters <file>', 'values of SSM parameters that templates refer to, YAML or JSON')
    .option(
      '--comment-key <key>',
      "several audits of one pull request need a key each (markdown's hidden marker)",
    )
    .option('--omit-accepted', 'leave accepted findings out of SARIF: GitHub would show them as open alerts')
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing at or above --fail-on, 1 findings at or above it, 2 the audit could not run.\n' +
        'Formats, suppressions and the GitHub action are explained in docs/audit.md.',
    )
    .action(async (path: string | undefined, flags: Flags) => done(await run(path, flags, parts)));
}
