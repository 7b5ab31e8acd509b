import { createConnection, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The other side answered with an error. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  constructor(
    /** e.g. `GenericError`, `CommandNotFound`. */
    readonly errorClass: string,
    message: string,
  ) {
    super(message);
  }
}

/** No answer: the channel closed, or the time was over. The request may or may not have been carried out. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Splits a byte stream into the JSON objects of its lines, however it was cut into packets. Lines that are no
 * JSON object (rests of an earlier conversation, 0xFF sentinels) are dropped.
 */
export class JsonLines {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  push(chunk: Uint8Array): JsonObject[] {
    this.rest += this.decoder.write(Buffer.from(chunk));
    const lines = this.rest.split('\n');
    this.rest = lines.pop() ?? '';
    return lines.flatMap((line) => parseObject(line));
  }
}

function parseObject(line: string): JsonObject[] {
  // The guest agent marks a fresh start by the byte 0xFF, which decodes to U+FFFD.
  const text = line.slice(line.lastIndexOf('\uFFFD') + 1).trim();
  if (!text.startsWith('{')) {
    return [];
  }
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? [value] : [];
  } catch (error) {
    if (error instanceof SyntaxError) {
      return [];
    }
    throw error;
  }
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Requests with ids over one unix socket, as QMP and the QEMU guest agent speak them. */
export class JsonChannel {
  private readonly pending = new Map<number, Pending>();
  private static lastId = 0;

  private constructor(
    private readonly socket: Socket,
    onOther: (message: JsonObject) => void,
  ) {
    const lines = new JsonLines();
    socket.on('data', (chunk: Buffer) => {
      for (const message of lines.push(chunk)) {
        if (!this.settle(message)) {
          onOther(message);
        }
      }
    });
    socket.on('error', (error) => this.fail(error.message));
    socket.on('close', () => this.fail('the channel was closed'));
  }

  /** @throws NoAnswerError when nothing listens on the socket. */
  static connect(
    path: string,
    onOther: (message: JsonObject) => void = () => undefined,
  ): Promise<JsonChannel> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(path);
      const refused = (error: Error): void => reject(new NoAnswerError(`${path}: ${error.message}`));
      socket.once('error', refused);
      socket.once('connect', () => {
        socket.removeListener('error', refused);
        resolve(new JsonChannel(socket, onOther));
      });
    });
  }

  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  /**
   * Sends `{execute, arguments, id}` and resolves with `return`.
   * @throws RemoteError, or NoAnswerError when the channel closes or `timeoutSeconds` pass.
   */
  request(command: string, args: JsonObject, timeoutSeconds: number, prefix?: Uint8Array): Promise<unknown> {
    const id = ++JsonChannel.lastId;
    return new Promise((resolve, reject) => {
      if (!this.isOpen) {
        reject(new NoAnswerError(`${command}: the channel is closed`));
        return;
      }
      const timer = setTimeout(() => {
        this.pending.delete(id);
        reject(new NoAnswerError(`${command}: no answer in ${timeoutSeconds} s`));
      }, timeoutSeconds * 1000);
      this.pending.set(id, {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      if (prefix) {
        this.socket.write(prefix);
      }
      this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private settle(message: JsonObject): boolean {
    const pending = this.pending.get(Number(message['id']));
    if (!pending) {
      return false;
    }
    this.pending.delete(Number(message['id']));
    const error = message['error'];
    if (isObject(error)) {
      pending.reject(new RemoteError(String(error['class']), String(error['desc'])));
    } else {
      pending.resolve(message['return']);
    }
    return true;
  }

  private fail(why: string): void {
    this.socket.destroy();
    for (const [id, pending] of this.pending) {
      this.pending.delete(id);
      pending.reject(new NoAnswerError(why));
    }
  }
}
