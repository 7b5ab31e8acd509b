import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../app/environments';

/** Without credentials, region, or an instance's metadata. `npx` and the app find the project's own Node and CDK. */
export const STRANGER = {
  PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH']}`,
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
  NO_COLOR: '1',
};

export interface Printed {
  readonly status: number | null;
  readonly text: string;
}

/** No command of these tests needs a tenth of it, and one that waits for an answer would wait for ever. */
const LINE_SECONDS = 240;

/** A line as someone types it into a shell, so that quoting counts. What is not done in time is killed, with its children. */
export const typed = (line: string, env: NodeJS.ProcessEnv = STRANGER, input = ''): Promise<Printed> =>
  new Promise((resolve, reject) => {
    const shell = spawn('bash', ['-c', line], { cwd: ROOT, env, detached: true });
    let text = '';
    const late = setTimeout(() => {
      text += `\nnot done after ${LINE_SECONDS} s: ${line}\n`;
      if (shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL');
    }, LINE_SECONDS * 1000);
    for (const stream of [shell.stdout, shell.stderr])
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    shell.on('error', reject);
    shell.on('close', (status) => {
      clearTimeout(late);
      resolve({ status, text });
    });
    shell.stdin.end(input);
  });

/** The same with a terminal, where the CDK asks before it destroys. */
export const typedAtTerminal = (line: string, answer: string): Promise<Printed> =>
  typed('script --quiet --return --command "$LINE" /dev/null', { ...STRANGER, LINE: line }, answer);

export interface EmptyAccount {
  readonly env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

const answer = (asked: URLSearchParams, accountId: string): readonly [status: number, xml: string] =>
  asked.get('Action') === 'GetCallerIdentity'
    ? [
        200,
        `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${accountId}</Account><UserId>x</UserId>` +
          `<Arn>arn:aws:iam::${accountId}:user/x</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      ]
    : [
        400,
        '<ErrorResponse><Error><Code>ValidationError</Code>' +
          `<Message>Stack with id ${asked.get('StackName')} does not exist</Message></Error></ErrorResponse>`,
      ];

/** An account in which no stack exists: `cdk diff` needs that much of an answer. */
export const emptyAccount = async (accountId: string): Promise<EmptyAccount> => {
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const [status, xml] = answer(new URLSearchParams(body), accountId);
      response.writeHead(status).end(xml);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      ...STRANGER,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'nobody',
      AWS_SECRET_ACCESS_KEY: 'nothing',
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
};
