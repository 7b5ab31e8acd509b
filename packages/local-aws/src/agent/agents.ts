import type { Machine } from '../fleet/machine';
import { outsideTime, secondsBetween, type Clock } from '../time/clock';
import type { ParameterValues, SsmDocument } from '../automation/documents';
import type { ModelledInstance } from '../fleet/instances';
import type { Machines } from '../fleet/machines';
import type { Place } from '../template/physical-ids';
import { IPC_TIMEOUT, LOST_COMMAND_SECONDS, SsmAgent, unexpectedEnd, type PluginResult } from './run-command';

export interface AgentsOptions {
  readonly clock: Clock;
  readonly place: Place;
  readonly machine: Machine;
  /** The instance that the machine stands for. */
  readonly backed: ModelledInstance;
  /** A command's script begins in the guest. @param running whether it still runs */
  onCommandBegins?(running: () => boolean): void;
}

/** States of the agent's unit in which it takes no command. Where systemd knows none, this class is the agent. */
const DEAD = /^(inactive|failed|activating|deactivating)\b/;
const PROBE_SECONDS = 10;
/** Between two looks whether a command can be delivered. */
const DELIVERY_SECONDS = 2;

const refused = (status: 'Failed' | 'TimedOut', stderr: string): readonly PluginResult[] => [
  { name: 'agent', status, responseCode: status === 'TimedOut' ? -1 : 1, stdout: '', stderr },
];

/** One real machine with its SSM agent behind one instance; the other ones are modelled. */
export class Agents implements Machines {
  private readonly agent: SsmAgent;
  private rebooting = false;
  /** Settles with each loss of power. */
  private readonly onPowerLoss = new Set<() => void>();

  constructor(private readonly options: AgentsOptions) {
    const { machine, backed, place } = options;
    this.agent = new SsmAgent({
      machine,
      instanceId: backed.instanceId,
      place,
      onCommandBegins: (running) => options.onCommandBegins?.(running),
      sleep: (seconds) => options.clock.sleep(seconds),
    });
  }

  /** Whether Systems Manager hears of the agent. */
  async online(instance: ModelledInstance): Promise<boolean> {
    const { machine, backed, clock } = this.options;
    if ((instance.state ?? 'running') !== 'running') return false;
    if (instance !== backed) return instance.impaired !== true;
    if (this.rebooting) return false;
    const probe = machine.exec('systemctl', ['is-active', 'amazon-ssm-agent.service'], {
      timeoutSeconds: PROBE_SECONDS,
    });
    return outsideTime(clock, probe).then(
      ({ stdout }) => !DEAD.test(stdout.trim()),
      // A machine that does not answer has no agent either.
      () => false,
    );
  }

  /** A command waits for its agent, up to the delivery timeout; a modelled node has nothing to run it with. */
  async run(
    instance: ModelledInstance,
    commandId: string,
    document: SsmDocument,
    parameters: ParameterValues,
    deliverySeconds: number,
  ): Promise<readonly PluginResult[]> {
    const { clock, backed } = this.options;
    const sentAt = clock.now();
    while (!(await this.online(instance))) {
      if (secondsBetween(sentAt, clock.now()) >= deliverySeconds) {
        const why = `Delivery timed out: no agent answered within ${deliverySeconds} seconds`;
        return refused('TimedOut', why).map((plugin) => ({ ...plugin, undelivered: true }));
      }
      await clock.sleep(DELIVERY_SECONDS);
    }
    if (instance !== backed)
      return refused('Failed', `${instance.instanceId} is only modelled: it does not run commands`);
    return this.unlessPowerFails(this.agent.run(commandId, document, parameters));
  }

  /**
   * A command under which the machine dies has no answer until the agent is back. It then finds the command under way
   * in its own records and waits for the worker, which is gone; it does not run the command again. Observed with a real
   * agent on 2026-11-29. Not modelled: another process has the worker's id now, and there was no answer within 120 s.
   */
  private async unlessPowerFails(work: Promise<readonly PluginResult[]>): Promise<readonly PluginResult[]> {
    let onLoss: () => void = () => undefined;
    const lost = new Promise<'lost'>((resolve) => {
      onLoss = () => resolve('lost');
    });
    this.onPowerLoss.add(onLoss);
    try {
      const first = await Promise.race([work, lost]);
      if (first !== 'lost') return first;
    } finally {
      this.onPowerLoss.delete(onLoss);
    }
    // No one waits for what the dead machine would have answered.
    work.catch(() => undefined);
    while (!(await this.online(this.options.backed))) await this.options.clock.sleep(DELIVERY_SECONDS);
    await this.options.clock.sleep(LOST_COMMAND_SECONDS);
    return [unexpectedEnd('agent', IPC_TIMEOUT)];
  }

  /** A hard reset that was not requested. Resolves when the machine is up again. */
  losePower(): Promise<void> {
    for (const onLoss of this.onPowerLoss) onLoss();
    return this.reset();
  }

  /** RebootInstances: the node's agent is gone meanwhile. A modelled node is back at once. */
  async reboot(instance: ModelledInstance): Promise<void> {
    if (instance === this.options.backed) await this.reset();
  }

  private async reset(): Promise<void> {
    this.rebooting = true;
    try {
      await outsideTime(this.options.clock, this.options.machine.reset());
    } finally {
      this.rebooting = false;
    }
  }

  resize(instance: ModelledInstance, sizeBytes: number): Promise<void> {
    const { backed, machine } = this.options;
    return instance === backed ? machine.resizeDisk(sizeBytes) : Promise.resolve();
  }
}
