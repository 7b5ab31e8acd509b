import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonLines, type JsonObject } from '../../../lib/drill/vm/json-channel';

export type Handler = (request: JsonObject, socket: Socket) => unknown;

/** A unix-socket server that speaks like QMP and the guest agent; `undefined` from the handler: no answer. */
export class FakeAgent {
  readonly requests: JsonObject[] = [];
  readonly sockets = new Set<Socket>();

  private constructor(
    readonly path: string,
    private readonly closeServer: () => Promise<void>,
  ) {}

  static async listen(handler: Handler, greeting = ''): Promise<FakeAgent> {
    const directory = mkdtempSync(join(tmpdir(), 'fake-agent-'));
    const path = join(directory, 's');
    const server = createServer((socket) => {
      fake.sockets.add(socket);
      const lines = new JsonLines();
      socket.write(greeting);
      socket.on('close', () => fake.sockets.delete(socket));
      socket.on('data', (chunk: Buffer) => {
        for (const request of lines.push(chunk)) {
          fake.requests.push(request);
          const answer = handler(request, socket);
          if (answer !== undefined) {
            socket.write(`${JSON.stringify({ ...(answer as object), id: request['id'] })}\n`);
          }
        }
      });
    });
    const fake = new FakeAgent(path, async () => {
      fake.sockets.forEach((socket) => socket.destroy());
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(directory, { recursive: true, force: true });
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return fake;
  }

  commands(): string[] {
    return this.requests.map((request) => String(request['execute']));
  }

  close(): Promise<void> {
    return this.closeServer();
  }
}
