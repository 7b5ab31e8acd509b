import type { DrillNode, GuestCommandResult } from '../drill-node';
import type { Place } from './physical-ids';
import type { ParameterValues, SsmDocument } from './documents';
import { errorMessage, errorName, fields, list, number, onlyKeys, optional, text, texts } from './fields';

/** What Run Command knows of one step of a Command document. */
export interface PluginResult {
  readonly name: string;
  readonly status: 'Success' | 'Failed' | 'TimedOut';
  readonly responseCode: number;
  /** At most {@link STDOUT_CHARACTERS}. */
  readonly stdout: string;
  /** At most {@link STDERR_CHARACTERS}. */
  readonly stderr: string;
}

/** Limits of GetCommandInvocation. */
export const STDOUT_CHARACTERS = 24_000;
export const STDERR_CHARACTERS = 8_000;
/** What ListCommandInvocations, and Automation with it, shows of an output. */
export const AUTOMATION_OUTPUT_CHARACTERS = 2_500;

const DEFAULT_TIMEOUT_SECONDS = 3600;
const STAGING_TIMEOUT_SECONDS = 60;
const ROOT = '/var/lib/amazon/ssm';

/** Output as Automation and the console show it. */
export function combinedOutput({ stdout, stderr }: Pick<PluginResult, 'stdout' | 'stderr'>): string {
  const all = stderr === '' ? stdout : `${stdout}\n----------ERROR-------\n${stderr}`;
  return all.slice(0, AUTOMATION_OUTPUT_CHARACTERS);
}

/** Both ways a Command document's parameter reaches the script: as text, or as an environment variable. */
function interpolate(value: string, document: SsmDocument, parameters: ParameterValues): string {
  return value.replace(/\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g, (whole, name: string) => {
    const parameter = document.parameters[name];
    if (!parameter) return whole;
    return parameter.interpolation === 'ENV_VAR' ? `$SSM_${name}` : (parameters[name] ?? []).join(',');
  });
}

function environment(document: SsmDocument, parameters: ParameterValues): Record<string, string> {
  const passed = Object.entries(document.parameters).filter(
    ([, { interpolation }]) => interpolation === 'ENV_VAR',
  );
  return Object.fromEntries(passed.map(([name]) => [`SSM_${name}`, (parameters[name] ?? []).join(',')]));
}

function checkPrecondition(value: unknown, where: string): void {
  if (value === undefined) return;
  const precondition = fields(value, where);
  onlyKeys(precondition, ['StringEquals'], where);
  const operands = texts(precondition.StringEquals, where);
  if ([...operands].sort().join() !== 'Linux,platformType')
    throw new Error(`${where}: only platformType Linux is known`);
}

export interface AgentOptions {
  readonly node: DrillNode;
  readonly instanceId: string;
  readonly place: Place;
  /** A script begins. @param running whether it still runs */
  onCommandBegins?(running: () => boolean): void;
}

interface Step {
  readonly name: string;
  readonly script: string;
  readonly timeoutSeconds: number;
}

function readStep(item: unknown, document: SsmDocument, parameters: ParameterValues): Step {
  const where = `document ${document.name}`;
  const step = fields(item, where);
  const name = text(step.name, `${where} step name`);
  onlyKeys(step, ['action', 'name', 'precondition', 'inputs'], `${where} ${name}`);
  if (step.action !== 'aws:runShellScript')
    throw new Error(`${where} ${name}: unknown action ${String(step.action)}`);
  checkPrecondition(step.precondition, `${where} ${name} precondition`);
  const inputs = fields(step.inputs, `${where} ${name} inputs`);
  onlyKeys(inputs, ['runCommand', 'timeoutSeconds', 'workingDirectory'], `${where} ${name} inputs`);
  const timeout =
    typeof inputs.timeoutSeconds === 'string'
      ? interpolate(inputs.timeoutSeconds, document, parameters)
      : inputs.timeoutSeconds;
  return {
    name,
    script: list(inputs.runCommand, `${where} ${name} runCommand`)
      .map((line) => interpolate(text(line, `${where} ${name} runCommand`), document, parameters))
      .join('\n'),
    timeoutSeconds: optional(timeout, `${where} ${name} timeoutSeconds`, number, DEFAULT_TIMEOUT_SECONDS),
  };
}

const failed = (name: string, stderr: string): PluginResult => ({
  name,
  status: 'Failed',
  responseCode: 1,
  stdout: '',
  stderr: stderr.slice(0, STDERR_CHARACTERS),
});

/**
 * The SSM agent's part of Run Command. Like the agent it first writes the script to the root disk, so on a full disk
 * the command fails before its first line runs.
 */
export class SsmAgent {
  constructor(private readonly options: AgentOptions) {}

  /** Runs the document's steps in order; a failed one ends the command. @throws for a document it can't read */
  async run(
    commandId: string,
    document: SsmDocument,
    parameters: ParameterValues,
  ): Promise<readonly PluginResult[]> {
    const { content, name } = document;
    onlyKeys(
      content,
      ['schemaVersion', 'description', 'parameters', 'mainSteps', 'files', 'variables'],
      `document ${name}`,
    );
    const steps = list(content.mainSteps, `document ${name} mainSteps`).map((item) =>
      readStep(item, document, parameters),
    );
    const results: PluginResult[] = [];
    const folder = `${ROOT}/${this.options.instanceId}/document/orchestration/${commandId}`;
    try {
      for (const step of steps) {
        const result = await this.runStep(folder, step, environment(document, parameters));
        results.push(result);
        if (result.status !== 'Success') break;
      }
    } finally {
      await this.options.node.exec('/bin/rm', ['-rf', folder], { timeoutSeconds: STAGING_TIMEOUT_SECONDS });
    }
    return results;
  }

  private async runStep(
    folder: string,
    step: Step,
    variables: Record<string, string>,
  ): Promise<PluginResult> {
    const path = `${folder}/${step.name}/_script.sh`;
    const staged = await this.stage(path, step.script);
    if (staged) return failed(step.name, staged);
    let running = true;
    this.options.onCommandBegins?.(() => running);
    try {
      const result = await this.options.node.exec('/bin/sh', ['-c', path], {
        timeoutSeconds: step.timeoutSeconds,
        environment: {
          ...variables,
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          AWS_SSM_INSTANCE_ID: this.options.instanceId,
          AWS_SSM_REGION_NAME: this.options.place.region,
        },
      });
      return this.finished(step.name, result);
    } catch (error) {
      if (errorName(error) !== 'GuestCommandTimeout')
        return failed(step.name, `the agent lost the command: ${errorMessage(error)}`);
      return {
        ...failed(step.name, `timed out after ${step.timeoutSeconds} seconds`),
        status: 'TimedOut',
        responseCode: -1,
      };
    } finally {
      running = false;
    }
  }

  /** What went wrong, or undefined. */
  private async stage(path: string, script: string): Promise<string | undefined> {
    const write = 'set -e; mkdir -p "${1%/*}"; cat > "$1"; chmod 700 "$1"';
    try {
      const result = await this.options.node.exec('/bin/sh', ['-c', write, 'amazon-ssm-agent', path], {
        stdin: script.endsWith('\n') ? script : `${script}\n`,
        timeoutSeconds: STAGING_TIMEOUT_SECONDS,
      });
      if (result.exitCode === 0) return undefined;
      return `failed to write script file ${path}: ${result.stderr.trim() || `exit status ${result.exitCode}`}`;
    } catch (error) {
      return `failed to write script file ${path}: ${errorMessage(error)}`;
    }
  }

  private finished(name: string, { exitCode, stdout, stderr }: GuestCommandResult): PluginResult {
    const note =
      exitCode === 0
        ? ''
        : `${stderr === '' || stderr.endsWith('\n') ? '' : '\n'}failed to run commands: exit status ${exitCode}`;
    return {
      name,
      status: exitCode === 0 ? 'Success' : 'Failed',
      responseCode: exitCode,
      stdout: stdout.slice(0, STDOUT_CHARACTERS),
      stderr: `${stderr}${note}`.slice(0, STDERR_CHARACTERS),
    };
  }
}
