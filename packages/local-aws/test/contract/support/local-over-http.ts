import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { isFields, type LocalAws } from '../../../src';

export interface LocalEndpoint {
  readonly endpoint: string;
  /** What the local AWS answered last, as it gave it. */
  last(): unknown;
  close(): Promise<void>;
}

/** What the protocol itself carries; the rest of an error's members are modelled ones, e.g. `OpsItemId`. */
const OF_THE_SDK = ['name', 'Code', '$fault', '$metadata', '$retryable'];

/**
 * The local AWS's Systems Manager behind the protocol of the real one (AWS JSON 1.1), on the loopback: whatever its
 * answers spell wrongly, the SDK's own reader drops.
 */
export async function serveSystemsManager(aws: LocalAws): Promise<LocalEndpoint> {
  let last: unknown;
  const server = createServer((request, response) => {
    void answer(aws, request).then(([status, body]) => {
      last = body;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(onTheWire(body)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    last: () => last,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(aws: LocalAws, request: IncomingMessage): Promise<[status: number, body: unknown]> {
  const operation = String(request.headers['x-amz-target']).replace('AmazonSSM.', '');
  try {
    const output = await aws.call('ssm', operation, JSON.parse(await text(request)));
    return [200, output];
  } catch (error) {
    const { name, message } = error as Error;
    const members = Object.entries(error as object).filter(([key]) => !OF_THE_SDK.includes(key));
    return [400, { __type: name, message, ...Object.fromEntries(members) }];
  }
}

/** AWS JSON writes instants as seconds since the epoch. */
function onTheWire(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(onTheWire);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, onTheWire(item)]));
}
