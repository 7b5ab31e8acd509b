import { type DrillNode } from '../drill-node';
import { type GuestCommandResult, GuestCommandTimeout } from '../../../packages/local-aws/src';
import { JsonChannel, NoAnswerError, isObject, type JsonObject } from './json-channel';
import { retryUntil, sleep } from './wait';

/** What a command sees in the guest unless the caller says otherwise. */
const GUEST_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};
const DEFAULT_TIMEOUT_SECONDS = 300;
/** A single request: the agent answers in milliseconds, unless the guest is starved. */
const REQUEST_TIMEOUT_SECONDS = 120;
const KILL_GRACE_SECONDS = 10;
const FIRST_POLL_SECONDS = 0.02;
const SLOWEST_POLL_SECONDS = 0.25;

type ExecOptions = NonNullable<Parameters<DrillNode['exec']>[2]>;

interface ExecStatus {
  readonly exited: boolean;
  readonly result: GuestCommandResult;
}

/** Commands in the guest through the QEMU guest agent: https://www.qemu.org/docs/master/interop/qemu-ga-ref.html */
export class GuestAgent {
  private channel: JsonChannel | undefined;
  private opening: Promise<JsonChannel> | undefined;

  constructor(private readonly socketPath: string) {}

  /** Resolves when the agent in the guest answers. @throws NoAnswerError when it does not in time. */
  async waitUntilReady(timeoutSeconds: number): Promise<void> {
    await retryUntil(timeoutSeconds, NoAnswerError, () => this.open());
  }

  /**
   * Runs a program as root; see {@link DrillNode.exec}. Programs it leaves behind must close its output.
   * Exit codes as in a shell: 127 not found, 126 not executable, 128 + n killed by signal n.
   */
  async exec(
    program: string,
    args: readonly string[],
    options: ExecOptions = {},
  ): Promise<GuestCommandResult> {
    const timeoutSeconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
    const end = Date.now() + timeoutSeconds * 1000;
    const environment = { ...GUEST_ENVIRONMENT, ...options.environment };
    const pid = await this.start({
      // A session of its own, for its whole process group to be killed at a timeout. Keeps the pid.
      path: '/usr/bin/setsid',
      arg: [program, ...args],
      env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      'capture-output': true,
      ...(options.stdin === undefined ? {} : { 'input-data': Buffer.from(options.stdin).toString('base64') }),
    });
    const finished = await this.waitForEnd(pid, end);
    if (finished) {
      return finished;
    }
    await this.kill(pid);
    const rest = await this.waitForEnd(pid, Date.now() + KILL_GRACE_SECONDS * 1000);
    const said = `${rest?.stdout ?? ''}${rest?.stderr ?? ''}`.trim().slice(-500);
    throw new GuestCommandTimeout(
      `${[program, ...args].join(' ').slice(0, 200)}: not finished in ${timeoutSeconds} s, ${
        rest ? 'killed' : 'and it could not be killed'
      }${said === '' ? '' : `; it said: ${said}`}`,
      rest && { stdout: rest.stdout, stderr: rest.stderr },
    );
  }

  close(): void {
    this.channel?.close();
    this.channel = undefined;
  }

  private async start(args: JsonObject): Promise<number> {
    const channel = await this.open();
    const answer = await channel.request('guest-exec', args, REQUEST_TIMEOUT_SECONDS);
    const pid = isObject(answer) ? answer['pid'] : undefined;
    if (typeof pid !== 'number') {
      throw new Error(`guest-exec answered without a pid: ${JSON.stringify(answer)}`);
    }
    return pid;
  }

  private async waitForEnd(pid: number, end: number): Promise<GuestCommandResult | undefined> {
    let pause = FIRST_POLL_SECONDS;
    for (;;) {
      // A lost connection costs another try; the agent forgets a command only after it reported its end.
      const { exited, result } = await retryUntil(REQUEST_TIMEOUT_SECONDS, NoAnswerError, async () => {
        const channel = await this.open();
        return readStatus(await channel.request('guest-exec-status', { pid }, REQUEST_TIMEOUT_SECONDS));
      });
      if (exited) {
        return result;
      }
      if (Date.now() > end) {
        return undefined;
      }
      await sleep(pause);
      pause = Math.min(pause * 1.5, SLOWEST_POLL_SECONDS);
    }
  }

  private async kill(pid: number): Promise<void> {
    const killer = await this.start({ path: '/bin/kill', arg: ['-KILL', '--', `-${pid}`] });
    await this.waitForEnd(killer, Date.now() + KILL_GRACE_SECONDS * 1000);
  }

  private async open(): Promise<JsonChannel> {
    if (this.channel?.isOpen) {
      return this.channel;
    }
    this.opening ??= connectAndSync(this.socketPath).finally(() => (this.opening = undefined));
    this.channel = await this.opening;
    return this.channel;
  }
}

/** A new conversation: 0xFF makes the agent drop half a request of an earlier one. */
async function connectAndSync(socketPath: string): Promise<JsonChannel> {
  const channel = await JsonChannel.connect(socketPath);
  const id = Math.floor(Math.random() * 2 ** 31);
  try {
    const answer = await channel.request('guest-sync', { id }, 2, Uint8Array.of(0xff));
    if (answer !== id) {
      throw new NoAnswerError(`guest-sync answered ${JSON.stringify(answer)} to ${id}`);
    }
    return channel;
  } catch (error) {
    channel.close();
    throw error;
  }
}

function readStatus(answer: unknown): ExecStatus {
  if (!isObject(answer) || typeof answer['exited'] !== 'boolean') {
    throw new Error(`guest-exec-status answered ${JSON.stringify(answer)}`);
  }
  const signal = answer['signal'];
  return {
    exited: answer['exited'],
    result: {
      exitCode: typeof signal === 'number' ? 128 + signal : Number(answer['exitcode'] ?? 0),
      stdout: text(answer['out-data'], answer['out-truncated']),
      stderr: text(answer['err-data'], answer['err-truncated']),
    },
  };
}

function text(data: unknown, truncated: unknown): string {
  const decoded = typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : '';
  return truncated === true ? `${decoded}\n[cut off by the guest agent]\n` : decoded;
}
