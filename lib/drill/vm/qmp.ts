import { JsonChannel, NoAnswerError, isObject, type JsonObject } from './json-channel';
import { retryUntil, sleep } from './wait';

/** Reads and writes together; 0: no limit. */
export interface Throttle {
  readonly bytesPerSecond: number;
  readonly perSecond: number;
}

/** QEMU's own control channel (QMP): https://www.qemu.org/docs/master/interop/qmp-spec.html */
export class Qmp {
  private constructor(private readonly channel: JsonChannel) {}

  /** Connects as soon as QEMU listens, and ends the capabilities negotiation. */
  static async connect(socketPath: string, timeoutSeconds = 20): Promise<Qmp> {
    const channel = await retryUntil(timeoutSeconds, NoAnswerError, () => JsonChannel.connect(socketPath));
    await channel.request('qmp_capabilities', {}, timeoutSeconds);
    return new Qmp(channel);
  }

  execute(command: string, args: JsonObject = {}, timeoutSeconds = 30): Promise<unknown> {
    return this.channel.request(command, args, timeoutSeconds);
  }

  /** Grows a block device under the running guest; bytes. */
  async blockResize(nodeName: string, sizeBytes: number): Promise<void> {
    await this.execute('block_resize', { 'node-name': nodeName, size: sizeBytes });
  }

  /** Limits what a block device does. */
  async throttle(nodeName: string, { bytesPerSecond, perSecond }: Throttle): Promise<void> {
    const devices = (await this.execute('query-block')) as readonly JsonObject[];
    const device = devices.find(({ inserted }) => isObject(inserted) && inserted['node-name'] === nodeName);
    if (device === undefined) throw new Error(`QEMU has no block device on the node ${nodeName}`);
    await this.execute('block_set_io_throttle', {
      ...{ id: device['qdev'], bps: bytesPerSecond, bps_rd: 0, bps_wr: 0 },
      ...{ iops: perSecond, iops_rd: 0, iops_wr: 0 },
    });
  }

  /** Stops the machine and writes its memory and devices to a file (the disk is a file of its own). */
  async saveStateTo(file: string, timeoutSeconds = 120): Promise<void> {
    await this.execute('stop');
    await this.execute('migrate-set-parameters', { 'max-bandwidth': 10 * 1024 ** 3 });
    await this.execute('migrate', { uri: `exec:cat > ${shellQuote(file)}` });
    for (const end = Date.now() + timeoutSeconds * 1000; ; await sleep(0.1)) {
      const status = await this.execute('query-migrate');
      const phase = isObject(status) ? status['status'] : undefined;
      if (phase === 'completed') {
        return;
      }
      if (phase === 'failed' || phase === 'cancelled' || Date.now() > end) {
        throw new Error(`saving the machine's state ended as ${String(phase)}: ${JSON.stringify(status)}`);
      }
    }
  }

  /** Waits until a state given by `-incoming` is loaded, then lets the machine run. */
  async resumeLoadedState(timeoutSeconds = 60): Promise<void> {
    for (const end = Date.now() + timeoutSeconds * 1000; ; await sleep(0.05)) {
      const status = await this.execute('query-status');
      const phase = isObject(status) ? status['status'] : undefined;
      if (phase !== 'inmigrate') {
        break;
      }
      if (Date.now() > end) {
        throw new NoAnswerError(`the saved state was not loaded in ${timeoutSeconds} s`);
      }
    }
    await this.execute('cont');
  }

  close(): void {
    this.channel.close();
  }
}

/** Quotes one word for a POSIX shell. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
