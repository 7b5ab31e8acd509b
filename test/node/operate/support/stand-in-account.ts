import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Account,
  accountOf,
  type Assembly,
  Background,
  executionFields,
  type Machines,
  type ModelledInstance,
  type ParameterValues,
  type PluginResult,
  resourceId,
  SsmAgent,
  type SsmDocument,
  VirtualClock,
} from '../../../../packages/local-aws/src';
import { openEnvironment } from '../../../../lib/drill/cloud/environment-assembly';
import { FleetMetrics } from '../../../../lib/drill/cloud/fleet-metrics';
import { modelFleet, type NodeInstance } from '../../../../lib/drill/cloud/node-fleet';
import type { DrillNode } from '../../../../lib/drill/drill-node';
import { FakeNode } from '../../../drill/cloud/support/fake-node';
import { run } from '../../run-script';
import { StandInCluster } from './stand-in-cluster';

const FIGURES = { usedPercent: 50, sizeBytes: 40e9, availableBytes: 20e9, inodesUsedPercent: 5 };

interface Step {
  readonly StepName: string;
  readonly StepStatus: string;
  readonly FailureMessage?: string;
  readonly Outputs?: Readonly<Record<string, readonly string[]>>;
}

/** The documents of an assembly, run by the interpreter over the real scripts, which meet stand-in programs. */
export class StandInAccount {
  readonly clock = new VirtualClock();
  readonly cluster: StandInCluster;
  readonly instances: NodeInstance[];
  /** Ids of the instances whose agent is silent. */
  readonly silent = new Set<string>();
  /** What VerifyNode says; it has tests of its own. */
  verifyOk = true;
  private readonly background = new Background();
  private readonly account: Account;
  private readonly scratch = mkdtempSync(join(tmpdir(), 'headroom-commands-'));

  constructor(directory: string, version: string) {
    const assembly = openEnvironment(directory, 'prod');
    const { clock, background } = this;
    this.instances = [...modelFleet(assembly, clock.now(), true)];
    this.cluster = new StandInCluster(version);
    for (const { instanceId, role, privateIp } of this.instances)
      this.cluster.join({ instanceId, controlPlane: role === 'control-plane', version, address: privateIp });
    this.account = accountOf({
      ...{ assembly, instances: this.instances, clock, background, machines: this.machines(assembly) },
      invokeFunction: () => undefined,
      launch: (like) => this.launch(like),
    });
    this.metrics = new FleetMetrics({
      ...{ assembly, instances: this.instances, drilled: this.instances[0]!, queues: this.account.queues },
      ...{ environmentName: 'prod', node: new FakeNode(), store: this.account.metrics },
      autoScalingGroups: this.account.autoScalingGroups,
    });
  }

  private readonly metrics: FleetMetrics;

  /** All nodes report their disks, as they do every minute. */
  report(): Promise<void> {
    return this.metrics.publish(FIGURES, new Date(this.clock.now().getTime() - 60_000));
  }

  get controlPlane(): readonly NodeInstance[] {
    return this.instances.filter(({ role }) => role === 'control-plane');
  }

  get worker(): NodeInstance {
    return this.instances.find(({ role }) => role === 'worker')!;
  }

  /** Runs a runbook to its end, and whatever it sets off. */
  async runbook(name: string, instanceId: string, parameters: Record<string, string> = {}) {
    const given = Object.entries({ InstanceId: instanceId, ...parameters }).map(([key, value]) => [
      key,
      [value],
    ]);
    const { AutomationExecutionId: id } = await this.account.aws.call('ssm', 'StartAutomationExecution', {
      DocumentName: `headroom-prod-${name}`,
      Parameters: Object.fromEntries(given) as Record<string, string[]>,
    });
    await this.background.drained();
    return this.executions().find((execution) => execution.id === id)!;
  }

  executions() {
    return this.account.automations.executions.map((execution) => {
      const shown = executionFields(execution) as { readonly StepExecutions: readonly Step[] } & Record<
        string,
        unknown
      >;
      const steps = shown.StepExecutions.filter(({ StepStatus }) => StepStatus !== 'Pending');
      return {
        id: execution.id,
        document: execution.document.name.replace('headroom-prod-', ''),
        status: execution.status,
        why: execution.failureMessage ?? '',
        steps: steps.map(
          ({ StepName, StepStatus }) => `${StepName}${StepStatus === 'Success' ? '' : ` ${StepStatus}`}`,
        ),
        output: (step: string, name = 'Output') =>
          steps.find(({ StepName }) => StepName === step)?.Outputs?.[name]?.[0] ?? '',
      };
    });
  }

  get messages() {
    return this.account.messages;
  }

  async terminate(instanceId: string): Promise<void> {
    const input = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: false };
    await this.account.aws.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', input);
    await this.background.drained();
  }

  remove(): void {
    this.cluster.remove();
    rmSync(this.scratch, { recursive: true, force: true });
  }

  private launch({ instanceId: replaced }: ModelledInstance): void {
    const like = this.instances.find((each) => each.instanceId === replaced)!;
    const instanceId = resourceId('i', `${replaced}/next`);
    this.instances.push({ ...like, instanceId, launchedAt: this.clock.now(), state: 'running' });
    const version = this.cluster.get(this.cluster.nameOf(this.controlPlane[0]!.instanceId), 'version')!;
    this.cluster.join({ instanceId, controlPlane: false, version });
  }

  private machines({ place }: Assembly): Machines {
    const online = ({ instanceId, state = 'running' }: ModelledInstance): boolean =>
      state === 'running' && !this.silent.has(instanceId);
    return {
      online: (instance) => Promise.resolve(online(instance)),
      run: async (instance, commandId, document, parameters, deliverySeconds) => {
        if (online(instance)) return this.command(instance, place, commandId, document, parameters);
        await this.clock.sleep(deliverySeconds);
        return [
          { name: 'agent', status: 'TimedOut', responseCode: -1, stdout: '', stderr: 'Delivery timed out' },
        ];
      },
      resize: () => Promise.resolve(),
      reboot: () => Promise.resolve(),
    };
  }

  private async command(
    { instanceId }: ModelledInstance,
    place: Assembly['place'],
    commandId: string,
    document: SsmDocument,
    parameters: ParameterValues,
  ): Promise<readonly PluginResult[]> {
    if (document.name.endsWith('-VerifyNode')) {
      const status = this.verifyOk ? 'Success' : 'Failed';
      return [
        {
          name: 'verify',
          status,
          responseCode: this.verifyOk ? 0 : 1,
          stdout: 'said by the test',
          stderr: '',
        },
      ];
    }
    const agent = new SsmAgent({ machine: this.host(instanceId), instanceId, place });
    return this.clock.during(agent.run(commandId, document, parameters));
  }

  /** Runs what the agent stages, on this machine. */
  private host(instanceId: string): DrillNode {
    const staged = new Map<string, string>();
    const no = (): never => {
      throw new Error('a stand-in has no disk');
    };
    return {
      exec: async (program, args, options = {}) => {
        const path = args.at(-1) ?? '';
        if (program === '/bin/rm') return { exitCode: 0, stdout: '', stderr: '' };
        if (options.stdin !== undefined) {
          staged.set(path, String(options.stdin));
          return { exitCode: 0, stdout: '', stderr: '' };
        }
        const file = join(mkdtempSync(join(this.scratch, 'command-')), '_script.sh');
        writeFileSync(file, staged.get(path) ?? 'exit 127');
        return run('bash', [file], { ...options.environment, ...this.cluster.environment(instanceId) });
      },
      rootFigures: no,
      resizeDisk: no,
      diskBytes: no,
      reset: no,
    };
  }
}
