import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeComment {
  id: number;
  body: string;
  html_url: string;
  user: { login: string } | null;
}

/** An answer in place of the usual one. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const BOT = 'github-actions[bot]';
const LIST = /^\/repos\/o\/r\/issues\/7\/comments\?per_page=(\d+)&page=(\d+)$/;
const ONE = /^\/repos\/o\/r\/issues\/comments\/(\d+)$/;
/** What GitHub says of a body over its limit. */
const TOO_LONG = 'Body is too long (maximum is 65536 characters)';

/**
 * GitHub's REST API of issue comments, over HTTP: pages, creation, update, refusals.
 * Source: https://docs.github.com/en/rest/issues/comments
 */
export class FakeGitHub {
  readonly comments: FakeComment[] = [];
  readonly requests: string[] = [];
  /** Taken one by one by the requests that `refuses` picks. */
  readonly refusals: Refusal[] = [];
  refuses: (request: string) => boolean = () => true;
  /** Called before each answer, e.g. for what others do meanwhile. */
  meanwhile: (request: string) => void = () => undefined;
  #server: Server | undefined;
  #nextId = 1000;

  async start(): Promise<string> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  add(body: string, login: string | null = BOT): FakeComment {
    const id = (this.#nextId += 1);
    const comment = {
      id,
      body,
      html_url: `https://github.test/o/r/pull/7#${id}`,
      user: login === null ? null : { login },
    };
    this.comments.push(comment);
    return comment;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const line = `${request.method ?? ''} ${request.url ?? ''}`;
    this.requests.push(line);
    this.meanwhile(line);
    const send = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (request.headers.authorization !== 'Bearer a-token') return send(401, { message: 'Bad credentials' });
    const refusal = this.refuses(line) ? this.refusals.shift() : undefined;
    if (refusal) return send(refusal.status, refusal.body ?? { message: 'refused' }, refusal.headers);

    const { body = '' } =
      chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString('utf8')) as { body?: string }) : {};
    if (body.length > 65_536) return send(422, { message: TOO_LONG });
    const list = LIST.exec(request.url ?? '');
    if (request.method === 'GET' && list) {
      const [size, page] = [Number(list[1]), Number(list[2])];
      return send(200, this.comments.slice(size * (page - 1), size * page));
    }
    if (request.method === 'POST' && request.url === '/repos/o/r/issues/7/comments')
      return send(201, this.add(body));
    const one = ONE.exec(request.url ?? '');
    const comment = this.comments.find(({ id }) => id === Number(one?.[1]));
    if (request.method === 'PATCH' && comment) {
      comment.body = body;
      return send(200, comment);
    }
    return send(404, { message: 'Not Found' });
  }
}
