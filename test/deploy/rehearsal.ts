import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../app/synthesized';
import { startMoto, type MotoServer } from '../contract/support/moto-server';
import { STRANGER, typed, type Printed } from './cdk-cli';
import { adapt } from './moto-assembly';

const APP = 'node --preserve-symlinks --preserve-symlinks-main --import tsx bin/headroom.ts';

/** The project with an environment file of the rehearsal's, and an account of moto's to deploy it to. */
export class Rehearsal {
  readonly folder = mkdtempSync(join(tmpdir(), 'headroom-rehearsal-'));

  private constructor(
    readonly moto: MotoServer,
    private readonly place: { readonly account: string; readonly region: string },
  ) {
    for (const name of ['bin', 'lib', 'lambda', 'node_modules', 'package-lock.json'])
      symlinkSync(join(ROOT, name), join(this.folder, name));
    for (const name of ['package.json', 'cdk.json']) copyFileSync(join(ROOT, name), join(this.folder, name));
    cpSync(join(ROOT, 'environments'), join(this.folder, 'environments'), { recursive: true });
  }

  static async start(place: { readonly account: string; readonly region: string }): Promise<Rehearsal> {
    const moto = await startMoto({ MOTO_ACCOUNT_ID: place.account });
    // The function behind a custom resource would run in Docker.
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
  get endpoint(): string {
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

  /** The real command line, in front of moto. */
  cdk(line: string): Promise<Printed> {
    return typed(`cd ${this.folder} && cdk ${line}`, {
      ...STRANGER,
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: this.place.region,
      AWS_ACCESS_KEY_ID: 'rehearsal',
      AWS_SECRET_ACCESS_KEY: 'rehearsal',
    });
  }

  /** Stack name → status; deleted ones are left out. */
  async stacks(): Promise<Record<string, string>> {
    const xml = await this.ask('cloudformation', { Action: 'DescribeStacks', Version: '2010-05-15' });
    const names = [...xml.matchAll(/<StackName>([^<]*)<\/StackName>/g)].map(([, name]) => name!);
    const states = [...xml.matchAll(/<StackStatus>([^<]*)<\/StackStatus>/g)].map(([, state]) => state!);
    return Object.fromEntries(
      names
        .map((name, at) => [name, states[at]!] as const)
        .filter(([name, state]) => name.startsWith('headroom-') && state !== 'DELETE_COMPLETE')
        .sort(([a], [b]) => a.localeCompare(b)),
    );
  }

  /** Logical ids of a stack's resources by type, as far as moto made them. */
  async made(stack: string): Promise<Record<string, string>> {
    const xml = await this.ask('cloudformation', {
      Action: 'DescribeStackResources',
      StackName: stack,
      Version: '2010-05-15',
    });
    const of = (tag: string): string[] =>
      [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, text]) => text!);
    const types = of('ResourceType');
    return Object.fromEntries(of('LogicalResourceId').map((id, at) => [id, types[at]!]));
  }

  async instanceIds(): Promise<string[]> {
    const xml = await this.ask('ec2', {
      Action: 'DescribeInstances',
      Version: '2016-11-15',
      'Filter.1.Name': 'instance-state-name',
      'Filter.1.Value.1': 'running',
      'Filter.2.Name': 'tag-key',
      'Filter.2.Value.1': 'headroom:index',
    });
    return [...xml.matchAll(/<instanceId>(i-[0-9a-f]+)<\/instanceId>/g)].map(([, id]) => id!).sort();
  }

  private async ask(service: string, body: Record<string, string>): Promise<string> {
    const scope = `rehearsal/20261129/${this.place.region}/${service}/aws4_request`;
    const response = await fetch(this.endpoint, {
      method: 'POST',
      headers: {
        Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
        Host: `${service}.${this.place.region}.amazonaws.com`,
      },
      body: new URLSearchParams(body),
    });
    return response.text();
  }
}
