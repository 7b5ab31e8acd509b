import type { AccountEvent, Clock } from '../../../packages/local-aws/src';

/** The drilled machine loses its power, once, while a step runs. */
export interface PowerCut {
  /** Name of a step of HealNode. */
  readonly during: string;
  /**
   * Seconds after the step has begun; where it runs a command, after the command's script has begun in the guest.
   * @default 0.5
   */
  readonly afterSeconds?: number;
}

const DEFAULT_AFTER_SECONDS = 0.5;
const COMMAND_ACTION = 'aws:runCommand';

/** Watches the steps of the executions and cuts the power where a scenario says so. Each cut strikes once. */
export class PowerCuts {
  private readonly left: PowerCut[];
  /** The cut of the step that runs now, if it waits for the step's command to begin. */
  private armed: PowerCut | undefined;
  private readonly late: string[] = [];

  constructor(
    cuts: readonly PowerCut[],
    private readonly clock: Clock,
    /** Starts the reset; the machine is back when it resolves. */
    private readonly cut: (during: string) => void,
  ) {
    this.left = [...cuts];
  }

  /** Receives every event of the cloud. */
  watch({ kind, data }: AccountEvent): void {
    const { step, action } = data;
    if (kind === 'step-ended' && this.armed) {
      this.late.push(this.armed.during);
      this.armed = undefined;
    }
    if (kind !== 'step-started') return;
    const index = this.left.findIndex(({ during }) => during === step);
    const [found] = index < 0 ? [] : this.left.splice(index, 1);
    if (!found) return;
    if (action === COMMAND_ACTION) this.armed = found;
    else void this.strike(found, () => true);
  }

  /** A command's script begins in the guest. @param running whether it still does */
  commandBegins(running: () => boolean): void {
    const { armed } = this;
    this.armed = undefined;
    if (armed) void this.strike(armed, running);
  }

  /** Steps whose cut never came: they did not run, or ended before it. */
  get missed(): readonly string[] {
    return [...this.left.map(({ during }) => during), ...this.late];
  }

  private async strike(
    { during, afterSeconds = DEFAULT_AFTER_SECONDS }: PowerCut,
    running: () => boolean,
  ): Promise<void> {
    await this.clock.sleep(afterSeconds);
    if (running()) this.cut(during);
    else this.late.push(during);
  }
}
