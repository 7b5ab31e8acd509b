import { COMMAND_DOCUMENTS, documentName, type DocumentBaseName } from '../domain/names/naming';
import {
  type Clock,
  IPC_TIMEOUT,
  LOST_COMMAND_SECONDS,
  type Machines,
  type ParameterValues,
  type PluginResult,
  type SsmDocument,
  unexpectedEnd,
} from '../../packages/local-aws/src';
import type { NodeInstance } from '../drill/cloud/node-fleet';
import type { CrashPoints } from './crash-points';
import type { NodeModel } from './node-model';
import type { Random } from './random';

/** Seconds that a script takes on a node; RestartKubelet as long as the kubelet needs to answer. */
const SECONDS: Readonly<Partial<Record<DocumentBaseName, readonly [number, number]>>> = {
  AssessNode: [2, 15],
  ReclaimDisk: [5, 60],
  ExtendRoot: [2, 8],
  RestartKubelet: [1, 25],
  VerifyNode: [1, 20],
};
const REBOOT_SECONDS = [45, 120] as const;
/** A command that no agent takes ends by its delivery timeout, here the documents' 60 s and SSM's own look. */
const UNDELIVERED_SECONDS = 90;

/** One node of the fleet, with what happens to it. */
export interface FleetNode {
  readonly instance: NodeInstance;
  readonly model: NodeModel;
  /** The SSM agent answers no command. */
  agentDead: boolean;
  /** Terminated. */
  gone: boolean;
  rebooting: boolean;
  /** The kernel never sees that the volume grew: no healing helps, and a person must look. */
  stuck: boolean;
}

export interface FleetMachinesOptions {
  readonly clock: Clock;
  readonly environmentName: string;
  readonly random: Random;
  /** Share of commands that go wrong. 0 to 1. */
  readonly faults: number;
  readonly nodes: ReadonlyMap<string, FleetNode>;
  /** Every command that a node takes is one of their places. @default - none is */
  readonly crashPoints?: CrashPoints;
  /** Called before a control-plane node goes down; the fleet holds it against the quorum. */
  onDisruption(node: FleetNode): void;
}

/** Models behind all instances: in place of the SSM agent, the disk and the power button. */
export class FleetMachines implements Machines {
  private readonly commands = new Map<string, number>();

  constructor(private readonly options: FleetMachinesOptions) {}

  private node(instance: NodeInstance): FleetNode {
    const node = this.options.nodes.get(instance.instanceId);
    if (!node) throw new Error(`${instance.instanceId} is no node of the fleet`);
    return node;
  }

  online(instance: NodeInstance): Promise<boolean> {
    const { agentDead, gone, rebooting } = this.node(instance);
    return Promise.resolve(!agentDead && !gone && !rebooting);
  }

  async run(
    instance: NodeInstance,
    _commandId: string,
    document: SsmDocument,
    parameters: ParameterValues,
  ): Promise<readonly PluginResult[]> {
    const { clock, environmentName, faults } = this.options;
    const base = COMMAND_DOCUMENTS.find((name) => documentName(environmentName, name) === document.name);
    if (!base) throw new Error(`the fleet's nodes have no answer for the document ${document.name}`);
    const node = this.node(instance);
    const count = (this.commands.get(instance.instanceId) ?? 0) + 1;
    this.commands.set(instance.instanceId, count);
    const random = this.options.random.stream(`${instance.instanceId}/${count}`);
    const [least, most] = SECONDS[base] ?? [1, 5];
    const seconds = random.between(least, most);
    const fault = random.chance(faults) ? random.pick(['fails', 'cut', 'unanswered']) : undefined;
    const silent = (): boolean => node.agentDead || node.gone || node.rebooting;

    if (silent()) return this.unanswered(base);
    const crash = this.options.crashPoints?.meet('command', `${base} on ${instance.instanceId}`);
    if (crash === 'before') return this.withoutPower(node);
    await clock.sleep(seconds);
    if (silent()) return this.unanswered(base);
    const answer = fault === 'fails' ? undefined : node.model.answer(base, parameters, clock.now());
    if (crash === 'after') return this.withoutPower(node);
    if (!answer) {
      const error = { headroom: 1, ok: false, dryRun: false, error: 'simulated fault of the script' };
      return [result(base, 1, JSON.stringify(error), 'failed to run commands: exit status 1')];
    }
    const line = JSON.stringify(answer);
    if (fault === 'cut') return [result(base, 0, line.slice(0, line.length / 2))];
    if (fault === 'unanswered') return this.unanswered(base);
    return [result(base, answer.ok ? 0 : 1, line, answer.ok ? '' : 'failed to run commands: exit status 1')];
  }

  private async unanswered(base: DocumentBaseName): Promise<readonly PluginResult[]> {
    await this.options.clock.sleep(UNDELIVERED_SECONDS);
    return [{ ...result(base, -1, ''), status: 'TimedOut' }];
  }

  resize(instance: NodeInstance, sizeBytes: number): Promise<void> {
    const { model, stuck } = this.node(instance);
    if (!stuck) model.resize(sizeBytes);
    return Promise.resolve();
  }

  async reboot(instance: NodeInstance): Promise<void> {
    const node = this.node(instance);
    this.options.onDisruption(node);
    await this.boot(node);
  }

  /** The agent that is back finds the command in its records, and tells that it has ended; no one caused this reboot. */
  private async withoutPower(node: FleetNode): Promise<readonly PluginResult[]> {
    await this.boot(node);
    await this.options.clock.sleep(LOST_COMMAND_SECONDS);
    return [unexpectedEnd('agent', IPC_TIMEOUT)];
  }

  private async boot(node: FleetNode): Promise<void> {
    const { instanceId } = node.instance;
    node.rebooting = true;
    const { clock, random } = this.options;
    await clock.sleep(random.stream(`reboot/${instanceId}`).between(...REBOOT_SECONDS));
    node.rebooting = false;
    node.agentDead = false;
    node.model.boot(clock.now());
  }
}

const result = (name: string, responseCode: number, stdout: string, stderr = ''): PluginResult => ({
  name,
  status: responseCode === 0 ? 'Success' : 'Failed',
  responseCode,
  stdout,
  stderr,
});
