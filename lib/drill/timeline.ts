import { clearLine, cursorTo } from 'node:readline';
import { plainText } from '../domain/messages/plain-text';
import type { TimelineEntry } from './report/drill-report';

/** Where the timeline is shown. `process.stdout` is one. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const DIM = '\u001b[2m';
const BOLD = '\u001b[1m';
const RESET = '\u001b[0m';

/**
 * The live timeline: one line an entry, and on a terminal a last line that says what goes on now.
 * Elsewhere (a file, CI) only plain lines are written.
 */
export class Timeline {
  private readonly kept: TimelineEntry[] = [];
  private status = '';
  private ticker: NodeJS.Timeout | undefined;

  constructor(
    private readonly screen: Screen,
    private readonly now: () => number,
    private startedAt: number = now(),
  ) {
    if (screen.isTTY === true) {
      this.ticker = setInterval(() => this.draw(), 250);
      this.ticker.unref();
    }
  }

  get entries(): readonly TimelineEntry[] {
    return this.kept;
  }

  /**
   * Second 0 of the entries that follow; those before keep their times as negative seconds. The screen, which has shown them from
   * a 0 of their own, says that the count begins.
   * @param why e.g. `the disk is full`
   */
  restart(why: string): void {
    const shift = (this.now() - this.startedAt) / 1000;
    this.startedAt = this.now();
    this.erase();
    this.screen.write(
      `--- ${why}: the preparation took ${shift.toFixed(1)} s, the drill counts from 0 ---\n`,
    );
    this.kept.forEach((entry, i) => (this.kept[i] = { ...entry, atSeconds: entry.atSeconds - shift }));
  }

  seconds(): number {
    return (this.now() - this.startedAt) / 1000;
  }

  add(kind: string, summary: string): void {
    const entry = { atSeconds: this.seconds(), kind, summary: plainText(summary) };
    this.kept.push(entry);
    this.erase();
    const at = `${entry.atSeconds.toFixed(1).padStart(7)} s`;
    const paint = this.screen.isTTY === true;
    this.screen.write(`${paint ? DIM : ''}${at}  ${kind.padEnd(13)}${paint ? RESET : ''} ${entry.summary}\n`);
    this.draw();
  }

  /** What goes on now: the last line of a terminal, kept current; not shown elsewhere. */
  setStatus(status: string): void {
    this.status = plainText(status);
    this.draw();
  }

  end(): void {
    clearInterval(this.ticker);
    this.ticker = undefined;
    this.status = '';
    this.erase();
  }

  private draw(): void {
    if (this.screen.isTTY !== true || this.status === '') return;
    this.erase();
    const text = `${this.seconds().toFixed(1).padStart(7)} s  … ${this.status}`;
    this.screen.write(BOLD + text.slice(0, (this.screen.columns ?? 80) - 1) + RESET);
  }

  private erase(): void {
    if (this.screen.isTTY !== true) return;
    clearLine(this.screen as NodeJS.WriteStream, 0);
    cursorTo(this.screen as NodeJS.WriteStream, 0);
  }
}
