import { setTimeout as wait } from 'node:timers/promises';
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { esbuildOptions, type HandlerName } from '../../../lib/constructs/bundling';
import { flat, resources, shipped } from '../../app/synthesized';
import { CREDENTIALS, REGION } from '../../../packages/local-aws/test/contract/support/moto-world';

const ENVIRONMENT = 'prod';
const HOST = join(__dirname, 'function-host.js');

/** Physical names, by the type of the resource that the template refers to. */
export interface Physical {
  readonly 'AWS::SQS::Queue': string;
  readonly 'AWS::SNS::Topic': string;
  readonly 'AWS::S3::Bucket': string;
}

type Answer = { readonly result: unknown } | { readonly error: string };

/** The function's variables as synthesized, references resolved. @throws for one that cannot be */
export function variablesOf(name: HandlerName, physical: Physical): Record<string, string> {
  const { heal } = shipped(ENVIRONMENT);
  const found = Object.values(resources(heal, 'AWS::Lambda::Function')).find(
    ({ Properties }) => Properties['FunctionName'] === `headroom-${ENVIRONMENT}-${name}`,
  );
  const declared = found?.Properties['Environment'] as { Variables: Record<string, unknown> } | undefined;
  if (!declared) throw new Error(`the template has no function ${name} with variables`);
  const all = heal.toJSON() as { Resources: Record<string, { Type: string }> };
  return Object.fromEntries(
    Object.entries(declared.Variables).map(([variable, value]) => {
      const reference = (value as { Ref?: string }).Ref;
      if (reference === undefined) return [variable, flat(value)];
      const type = all.Resources[reference]?.Type ?? 'nothing';
      if (!(type in physical)) throw new Error(`${variable} refers to ${type}, which the test does not have`);
      return [variable, physical[type as keyof Physical]];
    }),
  );
}

/** A handler, bundled as the CDK bundles it, in a process that knows AWS by its variables alone. */
export class FunctionProcess {
  private printed = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.printed += chunk.toString()));
    }
  }

  /** @param variables beside the region and credentials */
  static async start(name: HandlerName, variables: Record<string, string>): Promise<FunctionProcess> {
    const directory = mkdtempSync(join(tmpdir(), 'headroom-function-'));
    const bundle = join(directory, 'index.js');
    await build(esbuildOptions(name, bundle));
    const env = {
      PATH: process.env['PATH'] ?? '',
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      ...variables,
    };
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as ('ignore' | 'pipe' | 'ipc')[];
    return new FunctionProcess(fork(HOST, [bundle], { env, stdio, execArgv: [] }), directory);
  }

  /** One event at a time. @throws Error with what the handler threw, or with what was printed when it died */
  async invoke(event: unknown): Promise<unknown> {
    const answer = await new Promise<Answer>((resolve, reject) => {
      const died = (): void => reject(new Error(`the function's process ended: ${this.printed}`));
      this.child.once('exit', died);
      this.child.once('message', (message) => {
        this.child.off('exit', died);
        resolve(message as Answer);
      });
      this.child.send({ event }, (error) => error && reject(error));
    });
    if ('error' in answer) throw new Error(answer.error);
    return answer.result;
  }

  /** Resolves once the handler has logged such a line: its output may come after its answer. */
  async logged(fits: (line: Record<string, unknown>) => boolean, seconds = 30): Promise<void> {
    for (const end = Date.now() + seconds * 1000; !this.log.some(fits); await wait(20)) {
      if (Date.now() > end)
        throw new Error(`no such line in ${seconds} s; logged: ${JSON.stringify(this.log)}`);
    }
  }

  /** What the handler logged, one JSON object a line. */
  get log(): readonly Record<string, unknown>[] {
    // What stands behind the last line's end is still being written.
    const whole = this.printed.slice(0, this.printed.lastIndexOf('\n') + 1);
    const lines = whole.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.directory, { recursive: true });
  }
}
