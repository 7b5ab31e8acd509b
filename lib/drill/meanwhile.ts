import type { DrillEvent } from './cloud/drill-event';

/** What befalls the node when a step of the healing begins; once. */
export interface MeanwhileAct {
  /** Name of a step of HealNode. */
  readonly during: string;
  /** Shell commands. */
  readonly node: readonly string[];
  /** Its group ends the instance. @default false */
  readonly instanceEnds?: boolean;
}

/** Does to the node what a scenario wants done while the healing is at a step, so that no race decides the drill. */
export class Meanwhile {
  private readonly left: MeanwhileAct[];
  private readonly running: Promise<void>[] = [];
  private readonly failed: string[] = [];

  constructor(
    acts: readonly MeanwhileAct[],
    /** Rejects where the command did not exit 0. */
    private readonly run: (command: string) => Promise<void>,
    private readonly endInstance: () => void = () => undefined,
  ) {
    this.left = [...acts];
  }

  /** To be told every event of the cloud. */
  watch({ kind, data }: DrillEvent): void {
    if (kind !== 'step-started') return;
    const index = this.left.findIndex(({ during }) => during === data.step);
    const [act] = index < 0 ? [] : this.left.splice(index, 1);
    if (act?.instanceEnds === true) this.endInstance();
    if (act) this.running.push(this.play(act));
  }

  /** What did not come about as the scenario wants it, in words. */
  async differences(): Promise<readonly string[]> {
    await Promise.all(this.running);
    const never = this.left.map(({ during }) => `nothing was done during ${during}: the step never began`);
    return [...this.failed, ...never];
  }

  private async play({ during, node }: MeanwhileAct): Promise<void> {
    try {
      for (const command of node) await this.run(command);
    } catch (error) {
      this.failed.push(`during ${during}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
