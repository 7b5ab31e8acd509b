import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

type Answer = Record<string, unknown>;

interface Reply {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly result?: Answer;
  readonly error?: { readonly message: string };
}

/** How a page is looked at. */
export interface Look {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
  /** @default screen */
  readonly media?: 'screen' | 'print';
}

/** A headless Chromium with one tab. It speaks the DevTools protocol over a pipe: no port is opened. */
export class Chromium {
  private readonly scratch = mkdtempSync(join(tmpdir(), 'headroom-chromium-'));
  private readonly process: ChildProcess;
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private readonly events = new Map<string, () => void>();
  private session: string | undefined;
  private sent = 0;
  private unread = '';

  private constructor() {
    this.process = spawn(
      'chromium',
      [
        '--headless',
        '--remote-debugging-pipe',
        '--disable-gpu',
        '--no-first-run',
        '--hide-scrollbars',
        '--force-color-profile=srgb',
        // Chromium refuses its sandbox to root, and shows nothing but files that we wrote.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        `--user-data-dir=${join(this.scratch, 'profile')}`,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    this.process.on('error', (error) => this.fail(error.message));
    this.process.on('exit', (code) => this.fail(`Chromium ended with ${code}`));
    (this.process.stdio[4] as Readable).on('data', (data: Buffer) => this.read(data.toString('utf8')));
  }

  static async start(): Promise<Chromium> {
    const chromium = new Chromium();
    const { targetId } = await chromium.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await chromium.send('Target.attachToTarget', { targetId, flatten: true });
    chromium.session = sessionId as string;
    await chromium.send('Page.enable');
    return chromium;
  }

  /** Opens a page of which this is the whole text. */
  async open(html: string, { width, height, scheme, media = 'screen' }: Look): Promise<void> {
    const file = join(this.scratch, 'page.html');
    writeFileSync(file, html);
    await this.send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await this.send('Emulation.setEmulatedMedia', {
      media,
      features: [{ name: 'prefers-color-scheme', value: scheme }],
    });
    const loaded = new Promise<void>((done) => this.events.set('Page.loadEventFired', done));
    await this.send('Page.navigate', { url: pathToFileURL(file).href });
    await loaded;
  }

  /** @throws with what the expression threw */
  async evaluate<T>(expression: string): Promise<T> {
    const answer = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    const thrown = answer.exceptionDetails as { exception?: { description?: string } } | undefined;
    if (thrown) throw new Error(thrown.exception?.description ?? 'the expression threw');
    return (answer.result as { value: T }).value;
  }

  /** PNG of the whole page, or of its first pixels. */
  async picture(maxHeight = 16_000): Promise<Buffer> {
    const { cssContentSize } = await this.send('Page.getLayoutMetrics');
    const { width, height } = cssContentSize as { width: number; height: number };
    const clip = { x: 0, y: 0, width, height: Math.min(height, maxHeight), scale: 1 };
    const { data } = await this.send('Page.captureScreenshot', { clip, captureBeyondViewport: true });
    return Buffer.from(data as string, 'base64');
  }

  /** PDF of the page as it is printed. */
  async pdf(): Promise<Buffer> {
    const { data } = await this.send('Page.printToPDF', { preferCSSPageSize: true, printBackground: true });
    return Buffer.from(data as string, 'base64');
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.process.once('close', done));
    this.process.kill('SIGKILL');
    await ended;
    rmSync(this.scratch, { recursive: true, force: true });
  }

  private send(method: string, params: Answer = {}): Promise<Answer> {
    const id = (this.sent += 1);
    const message = { id, method, params, ...(this.session && { sessionId: this.session }) };
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ result, error }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result ?? {}),
      );
      (this.process.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    });
  }

  private read(text: string): void {
    const messages = (this.unread + text).split('\0');
    this.unread = messages.pop() ?? '';
    for (const message of messages) {
      const reply = JSON.parse(message) as Reply;
      if (reply.id === undefined) this.events.get(reply.method ?? '')?.();
      else {
        this.waiting.get(reply.id)?.(reply);
        this.waiting.delete(reply.id);
      }
    }
  }

  private fail(message: string): void {
    for (const answer of this.waiting.values()) answer({ error: { message } });
    this.waiting.clear();
  }
}
