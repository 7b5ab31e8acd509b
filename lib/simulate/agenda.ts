import type { Background, Clock } from '../../packages/local-aws/src';

/** What is to happen at a time of its own, until the run is over. */
export class Agenda {
  private over = false;

  constructor(
    private readonly clock: Clock,
    private readonly background: Background,
  ) {}

  /** Nothing more happens from now on. */
  close(): void {
    this.over = true;
  }

  later(seconds: number, act: () => void): void {
    const work = this.clock.sleep(seconds).then(() => {
      if (!this.over) act();
    });
    this.background.add('the agenda', work);
  }

  /** For the first time after as many seconds. */
  every(seconds: number, act: (now: Date) => void): void {
    const work = async (): Promise<void> => {
      for (;;) {
        await this.clock.sleep(seconds);
        if (this.over) return;
        act(this.clock.now());
      }
    };
    this.background.add('the agenda', work());
  }
}
