import { setTimeout as wait } from 'node:timers/promises';
import type { DrillNode } from './drill-node';
import type { DiskSample } from './report/drill-report';

/** Seconds between two looks at the disk. */
const SAMPLE_SECONDS = 4;

/** Looks at `/` inside the VM every four seconds, for as long as it runs. */
export class DiskCurve {
  private readonly taken: DiskSample[] = [];
  /** Looks that got no answer, and why. */
  readonly gaps: string[] = [];
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly node: DrillNode,
    private readonly seconds: () => number,
  ) {}

  get samples(): readonly DiskSample[] {
    return this.taken;
  }

  start(): void {
    this.running = this.loop();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.sample();
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.sample();
      await wait(SAMPLE_SECONDS * 1000, undefined, { signal }).catch((error: unknown) => {
        // Being stopped is how this loop ends.
        if (!signal.aborted) throw error;
      });
    }
  }

  /** A node that reboots, or is slow to answer, has no figures for a while: a gap in the curve, not a failed drill. */
  private async sample(): Promise<void> {
    try {
      this.taken.push({ atSeconds: this.seconds(), ...(await this.node.rootFigures()) });
    } catch (error) {
      this.gaps.push(`${this.seconds().toFixed(0)} s: ${String(error)}`);
    }
  }
}
