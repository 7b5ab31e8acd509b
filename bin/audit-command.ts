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

const ruleFacts = ({ id, severity, title, needs, what, why, fix }: Rule): object => ({
  id,
  severity,
  title,
  needs,
  what: what.join('\n\n'),
  why: why.join('\n\n'),
  fix: fix.join('\n\n'),
});

/** `headroom audit`. Its parts are asked for when it runs, so that other commands start without them. */
export function addAuditCommand(cli: Command, run: RunCommand, parts: () => AuditParts): void {
  cli
    .command('audit')
    .description(
      'Check disk sizes, alarms and healing in templates: what breaks, what it costs, how long the disks last.',
    )
    .argument(
      '[path]',
      'a cdk.out, a template, or a directory of templates (default: synthesize the environments)',
    )
    .option('--env <name>', 'only this environment')
    .option('--base <path>', 'compare with this cdk.out, template or directory, e.g. that of main')
    .option(
      '--format <format>',
      `${FORMATS.join(', ')}; may be given several times (default: text)`,
      format,
      [] as Format[],
    )
    .option(
      '--output <file>',
      'write the format of the same position to this file instead of stdout',
      collect,
      [] as string[],
    )
    .addOption(
      new Option('--fail-on <severity>', 'the lowest severity that makes it exit with 1')
        .choices([...SEVERITIES, 'never'])
        .default('error'),
    )
    .option('--fix', 'apply fixes to the environment files, keeping their comments, and audit again')
    .option('--explain <rule>', 'explain a rule: what it checks, why, and the fix')
    .option('--list-rules', 'list all rules')
    .option('--live', "also check the account's volumes and 30 days of metrics (needs credentials)")
    .option(
      '--suppressions <file>',
      'accepted findings (default: .headroom-audit.yaml beside the environment files)',
    )
    .option('--ssm-parameters <file>', 'the values of SSM parameters that templates refer to, YAML or JSON')
    .option(
      '--comment-key <key>',
      'a key for each of several audits of one pull request (the hidden marker in markdown)',
    )
    .option(
      '--omit-accepted',
      'leave accepted findings out of SARIF, where GitHub would show them as open alerts',
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing at or above --fail-on, 1 findings at or above it, 2 the audit could not run.\n' +
        'Formats, suppressions and the GitHub action are explained in docs/audit.md.',
    )
    .action((path: string | undefined, flags: Flags) => run((screen) => audit(path, flags, parts, screen)));
}
