import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../app/environments';
import { type MotoServer, startMoto } from '../../packages/local-aws/test/contract/support/moto-server';
import { STRANGER, typed, type Printed } from './cdk-cli';
import { MotoAccount, type Place } from './moto-account';
import { adapt } from './moto-limits';

const APP = 'node --preserve-symlinks --preserve-symlinks-main --import tsx bin/headroom.ts';

/** The project with an environment file of the rehearsal's, and an account of moto's to deploy it to. */
export class Rehearsal {
  readonly folder = mkdtempSync(join(tmpdir(), 'headroom-rehearsal-'));
  readonly account: MotoAccount;

  private constructor(
    private readonly moto: MotoServer,
    private readonly place: Place,
  ) {
    this.account = new MotoAccount(this.endpoint, place);
    for (const name of ['bin', 'lib', 'lambda', 'node_modules', 'package-lock.json'])
      symlinkSync(join(ROOT, name), join(this.folder, name));
    for (const name of ['package.json', 'cdk.json']) copyFileSync(join(ROOT, name), join(this.folder, name));
    cpSync(join(ROOT, 'environments'), join(this.folder, 'environments'), { recursive: true });
  }

  static async start(place: Place): Promise<Rehearsal> {
    // Its CloudFormation goes through sets of names; in the same order each time.
    const moto = await startMoto({ MOTO_ACCOUNT_ID: place.account, PYTHONHASHSEED: '0' });
    // The function behind an event source would run in Docker.
    await fetch(`${moto.endpoint}/moto-api/config`, {
      method: 'POST',
      body: JSON.stringify({ lambda: { use_docker: false } }),
    });
    return new Rehearsal(moto, place);
  }

  async stop(): Promise<void> {
    await this.moto.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** S3 needs the name: a bucket's name before an address is no host. */
  private get endpoint(): string {
    return this.moto.endpoint.replace('127.0.0.1', 'localhost');
  }

  /** What `cdk synth -c env=dev` makes, in a form that moto takes. */
  async synthesize(output: string, edit: (file: string) => string = (file) => file): Promise<void> {
    const file = join(this.folder, 'environments', 'dev.yaml');
    writeFileSync(file, edit(readFileSync(file, 'utf8')));
    const { status, text } = await this.cdk(
      `synth --quiet --app '${APP}' -c env=dev -c audit=off --output ${output}`,
    );
    if (status !== 0) throw new Error(text);
    adapt(join(this.folder, output));
  }

  /** The real command line, in front of moto. The trace of what moto could not answer is behind what it printed. */
  async cdk(line: string): Promise<Printed> {
    const before = this.moto.log().length;
    const { status, text } = await typed(`cd ${this.folder} && cdk ${line}`, {
      ...STRANGER,
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: this.place.region,
      AWS_ACCESS_KEY_ID: 'rehearsal',
      AWS_SECRET_ACCESS_KEY: 'rehearsal',
    });
    const trace = /Traceback[^]*/.exec(this.moto.log().slice(before))?.[0].slice(0, 8_000) ?? '';
    return { status, text: `${text}${trace}` };
  }
}
