import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { FORMATS, type Format } from '../lib/audit/report';
import { withoutWorkflowCommands } from '../lib/audit/report/workflow-commands';
import { SEVERITIES, type Rule } from '../lib/audit/rule';
import { plainBlock } from '../lib/domain/messages/plain-text';
import type { AuditParts } from './audit/audit-parts';
import { explain, listRules, ruleNamed } from './audit/explain';
import { isFormat, runAudit, type AuditFlags } from './audit/run-audit';
import { EXIT } from './exit-codes';
import type { Outcome, RunCommand, Screen } from './outcome';

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

async function audit(
  path: string | undefined,
  flags: Flags,
  parts: () => AuditParts,
  { out, json }: Screen,
): Promise<Outcome> {
  if (flags.explain !== undefined) {
    const rule = ruleNamed(parts().pieces.rules, flags.explain);
    return { exitCode: EXIT.asExpected, result: { rules: [ruleFacts(rule)] }, text: explain(rule) };
  }
  if (flags.listRules === true) {
    const { rules } = parts().pieces;
    return { exitCode: EXIT.asExpected, result: { rules: rules.map(ruleFacts) }, text: listRules(rules) };
  }
  const world = { cwd: process.cwd(), nowMs: () => Date.now(), stdout: out, say, version: version() };
  return runAudit(path, flags, parts(), { ...world, isTextWanted: !json });
}

const ruleFacts = ({ id, severity, title, what, why, mend }: Rule): object => ({
  ...{ id, severity, title, what, why, fix: mend },
});

/** `headroom audit`. Its parts are asked for when it runs, so that other commands start without them. */
export function addAuditCommand(cli: Command, run: RunCommand, parts: () => AuditParts): void {
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
    .action((path: string | undefined, flags: Flags) => run((screen) => audit(path, flags, parts, screen)));
}
