import type { AccountEvent } from '../../packages/local-aws/src';
import type { IoLimit } from './drill-node';

/** What a person says to a question. */
export type Answer = 'approve' | 'reject';

/** What befalls the node when a step of the healing begins; once. */
export interface MeanwhileAct {
  /** Name of a step of HealNode. */
  readonly during: string;
  /** Shell commands. */
  readonly node: readonly string[];
  /** Its group ends the instance. @default false */
  readonly instanceEnds?: boolean;
  /** Of its disk, for so many seconds; without them for good. @default - none */
  readonly io?: { readonly limit: IoLimit; readonly forSeconds?: number | undefined } | undefined;
  /** To the question that the step asks. @default - none */
  readonly answer?: Answer | undefined;
}

/** How it is done. Each one rejects where it could not be. */
export interface Doers {
  /** Rejects where the command did not exit 0. */
  run(command: string): Promise<unknown>;
  endInstance(): void;
  limitIo(limit: IoLimit): Promise<void>;
  /** Resolves after so many seconds of the drill's time. */
  sleep(seconds: number): Promise<void>;
  answer(executionId: string, answer: Answer): Promise<void>;
  /** The question's time passes, so that the drill goes on. */
  noAnswer(): Promise<void>;
}

/** Does to the node what a scenario wants done while the healing is at a step, so that no race decides the drill. */
export class Meanwhile {
  private readonly left: MeanwhileAct[];
  private readonly running: Promise<void>[] = [];
  private readonly failed: string[] = [];

  constructor(
    acts: readonly MeanwhileAct[],
    private readonly doers: Doers,
  ) {
    this.left = [...acts];
  }

  /** Receives every event of the cloud. */
  watch({ kind, data }: AccountEvent): void {
    if (kind !== 'step-started') return;
    const index = this.left.findIndex(({ during }) => during === data.step);
    const [act]: readonly MeanwhileAct[] =
      index < 0 ? [{ during: String(data.step), node: [] }] : this.left.splice(index, 1);
    if (act === undefined) return;
    if (act.instanceEnds === true) this.doers.endInstance();
    this.running.push(this.play(act, String(data.executionId), data.action === 'aws:approve'));
  }

  /** What did not come about as the scenario wants it, in words. */
  async differences(): Promise<readonly string[]> {
    await Promise.all(this.running);
    const never = this.left.map(({ during }) => `nothing was done during ${during}: the step never began`);
    return [...this.failed, ...never];
  }

  private async play(act: MeanwhileAct, executionId: string, asks: boolean): Promise<void> {
    const { during, node, answer, io } = act;
    let answered = false;
    await this.attempt(during, async () => {
      for (const command of node) await this.doers.run(command);
      if (io !== undefined) await this.limit(io);
      if (answer === undefined) return;
      await this.doers.answer(executionId, answer);
      answered = true;
    });
    if (asks && !answered) await this.attempt(during, () => this.doers.noAnswer());
  }

  private async limit({ limit, forSeconds }: NonNullable<MeanwhileAct['io']>): Promise<void> {
    await this.doers.limitIo(limit);
    if (forSeconds === undefined) return;
    await this.doers.sleep(forSeconds);
    await this.doers.limitIo('none');
  }

  private async attempt(during: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.failed.push(`during ${during}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
