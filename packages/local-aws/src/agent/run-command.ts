import { GuestCommandTimeout, type Machine, type GuestCommandResult } from '../fleet/machine';
import { agentFate, type AgentFate } from './agent-disk';
import { agentOutput } from './agent-output';
import type { Place } from '../template/physical-ids';
import type { ParameterValues, SsmDocument } from '../automation/documents';
import { errorMessage, fields, list, number, onlyKeys, optional, text, texts } from '../values/fields';

/** What Run Command knows of one step of a Command document. */
export interface PluginResult {
  readonly name: string;
  readonly status: 'Success' | 'Failed' | 'TimedOut';
  readonly responseCode: number;
  /** At most {@link STDOUT_CHARACTERS}. */
  readonly stdout: string;
  /** At most {@link STDERR_CHARACTERS}. */
  readonly stderr: string;
  /** What the agent says in place of a script's output. @default - {@link agentOutput} of both streams */
  readonly output?: string;
  /** No agent took it. @default - false */
  readonly undelivered?: boolean;
}

/** Limits of GetCommandInvocation. */
export const STDOUT_CHARACTERS = 24_000;
export const STDERR_CHARACTERS = 8_000;

const DEFAULT_TIMEOUT_SECONDS = 3600;
const STAGING_TIMEOUT_SECONDS = 60;
const ROOT = '/var/lib/amazon/ssm';
/** Measured: the end of a script that the worker could not write down. */
const UNREPORTED_SECONDS = 63;

/** Measured: from the agent's start to its answer for a command that a power cut ended. */
export const LOST_COMMAND_SECONDS = 61;

/** Output as Automation and the console show it. */
export const combinedOutput = ({
  stdout,
  stderr,
  output,
}: Pick<PluginResult, 'stdout' | 'stderr' | 'output'>): string => output ?? agentOutput(stdout, stderr);

/** Witness: amazon-ssm-agent@1c217c89 agent/framework/processor/executer/outofproc/master.go. */
export const unexpectedEnd = (name: string, reason: string): PluginResult => ({
  name,
  status: 'Failed',
  responseCode: 1,
  stdout: '',
  stderr: '',
  output: `document process failed unexpectedly: ${reason} , check [ssm-document-worker]/[ssm-session-worker] log for crash reason`,
});
export const IPC_TIMEOUT = 'ipc messaging received timeout signal';

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
  readonly machine: Machine;
  readonly instanceId: string;
  readonly place: Place;
  /** A script begins. @param running whether it still runs */
  onCommandBegins?(running: () => boolean): void;
  /** Where the agent is late. @default - it never is */
  sleep?(seconds: number): Promise<void>;
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

const readSteps = (document: SsmDocument, parameters: ParameterValues): readonly Step[] =>
  list(document.content.mainSteps, `document ${document.name} mainSteps`).map((item) =>
    readStep(item, document, parameters),
  );

/** How long a command may run. Seconds. @throws for a document it can't read */
export const executionSeconds = (document: SsmDocument, parameters: ParameterValues): number =>
  readSteps(document, parameters).reduce((sum, { timeoutSeconds }) => sum + timeoutSeconds, 0);

/** Witness: amazon-ssm-agent@1c217c89 agent/contracts/model.go, agent/appconfig/constants_unix.go. */
const EXIT = { success: 168, failure: 169, killed: 137, reboot: 194 } as const;
const SKIPS_THE_REST: readonly number[] = [EXIT.success, EXIT.failure];

/**
 * What a command leaves: measured were 61 to 86 KB in its folder, and 57 to 119 KB of log, which has the whole script.
 * Counted as one copy of the script and 40 KiB, and two copies and 16 KiB.
 */
const STAGE = `stat --file-system --format '%f %S %d %T' /var/lib
set -e
folder=\${1%/*}
mkdir -p "$folder" /var/log/amazon/ssm
chmod 700 "$folder"
cat > "$1"
chmod 700 "$1"
{ head -c 40960 /dev/zero > "$folder/plugin-state"
  { cat "$1" "$1"; head -c 16384 /dev/zero | tr '\\0' .; echo; } >> /var/log/amazon/ssm/amazon-ssm-agent.log; } 2> /dev/null || true`;

const nothingSaid = (name: string): PluginResult => ({
  name,
  status: 'Failed',
  responseCode: 1,
  stdout: '',
  stderr: '',
});

/**
 * The SSM agent's part of Run Command, as a real one was seen to do it: the script is written to the root disk first, and
 * what the agent cannot write has no reason in its answer.
 */
export class SsmAgent {
  constructor(private readonly options: AgentOptions) {}

  /**
   * Runs the document's steps in order. A failed one does not end the command; exit codes 168 and 169 do
   * (amazon-ssm-agent@1c217c89 agent/framework/runpluginutil/runpluginutil.go).
   * @throws for a document it can't read
   */
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
    const steps = readSteps(document, parameters);
    const results: PluginResult[] = [];
    const folder = `${ROOT}/${this.options.instanceId}/document/orchestration/${commandId}`;
    const variables = { ...environment(document, parameters), SSM_COMMAND_ID: commandId };
    for (const step of steps) {
      const result = await this.runStep(folder, step, variables);
      results.push(result);
      if (SKIPS_THE_REST.includes(result.responseCode)) break;
    }
    return results;
  }

  private async runStep(
    folder: string,
    step: Step,
    variables: Record<string, string>,
  ): Promise<PluginResult> {
    const path = `${folder}/${step.name}/_script.sh`;
    const script = step.script.endsWith('\n') ? step.script : `${step.script}\n`;
    try {
      const fate = await this.stage(path, script);
      if (fate === 'silent') return nothingSaid(step.name);
      if (fate === 'worker-dies') return unexpectedEnd(step.name, 'process not found');
      const result = await this.execute(path, step, variables);
      if (fate === 'works') return result;
      await this.options.sleep?.(UNREPORTED_SECONDS);
      return unexpectedEnd(step.name, IPC_TIMEOUT);
    } catch (error) {
      return unexpectedEnd(step.name, errorMessage(error));
    }
  }

  private async stage(path: string, script: string): Promise<AgentFate> {
    const { exitCode, stdout } = await this.options.machine.exec(
      '/bin/sh',
      ['-c', STAGE, 'amazon-ssm-agent', path],
      { stdin: script, timeoutSeconds: STAGING_TIMEOUT_SECONDS },
    );
    if (exitCode !== 0) return 'silent';
    const [blocks, blockBytes, inodes, type] = stdout.trim().split(/\s+/);
    // A node without a disk of its own says nothing of it.
    if (blockBytes === undefined) return 'works';
    const freeInodes = type === 'xfs' ? undefined : Number(inodes);
    return agentFate(Number(blocks) * Number(blockBytes), freeInodes, Buffer.byteLength(script));
  }

  /** `sh -c`, in the unit's WorkingDirectory, with what systemd gives a unit: no HOME (amazon-ssm-agent.service). */
  private async execute(path: string, step: Step, variables: Record<string, string>): Promise<PluginResult> {
    let running = true;
    this.options.onCommandBegins?.(() => running);
    const program = ['--unset=HOME', '--chdir=/usr/bin', 'sh', '-c', path];
    try {
      const result = await this.options.machine.exec('/usr/bin/env', program, {
        timeoutSeconds: step.timeoutSeconds,
        environment: {
          ...variables,
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          LANG: 'C.UTF-8',
          AWS_SSM_INSTANCE_ID: this.options.instanceId,
          AWS_SSM_REGION_NAME: this.options.place.region,
        },
      });
      return finished(step.name, result);
    } catch (error) {
      // KILL to the process group; what was printed until then is kept.
      if (!(error instanceof GuestCommandTimeout)) throw error;
      return finished(step.name, { exitCode: EXIT.killed, ...error.printed });
    } finally {
      running = false;
    }
  }
}

/** Witness: amazon-ssm-agent@1c217c89 agent/plugins/pluginutil/pluginutil_unix.go GetStatus, runscript.go. */
function finished(name: string, { exitCode, stdout, stderr }: GuestCommandResult): PluginResult {
  const result = (status: PluginResult['status'], out: string, error: string): PluginResult => ({
    name,
    status,
    responseCode: exitCode,
    stdout: out.slice(0, STDOUT_CHARACTERS),
    stderr: error.slice(0, STDERR_CHARACTERS),
  });
  const addition = (status: string) =>
    `\nStep exited with code ${exitCode}. Therefore, marking step as ${status}. Further document steps will be skipped.`;
  const separator = stderr === '' || stderr.endsWith('\n') ? '' : '\n';
  const explained = `${stderr}${separator}failed to run commands: exit status ${exitCode}`;
  switch (exitCode) {
    case 0:
      return result('Success', stdout, stderr);
    case EXIT.killed:
      return result('TimedOut', stdout, stderr);
    case EXIT.success:
      return { ...result('Success', stdout + addition('succeeded'), ''), output: agentOutput(stdout, '') };
    case EXIT.reboot:
      throw new Error(`exit ${EXIT.reboot} asks the agent for a reboot, which is not modelled`);
    case EXIT.failure:
      return {
        ...result('Failed', stdout + addition('Failed'), explained + addition('Failed')),
        output: agentOutput(stdout, explained),
      };
    default:
      return result('Failed', stdout, explained);
  }
}
