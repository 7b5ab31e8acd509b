export interface Place {
  readonly account: string;
  readonly region: string;
}

export interface Made {
  readonly type: string;
  readonly physicalId: string;
}

const text = (xml: string, tag: string): string =>
  new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? '';

const members = (xml: string): string[] => xml.split('<member>').slice(1);

/** What is really in moto's account, whatever the command line says. */
export class MotoAccount {
  constructor(
    private readonly endpoint: string,
    private readonly place: Place,
  ) {}

  /** Stack name → status; deleted ones are left out. */
  async stacks(): Promise<Record<string, string>> {
    const xml = await this.cloudFormation({ Action: 'DescribeStacks' });
    return Object.fromEntries(
      xml
        .split('<StackId>')
        .slice(1)
        .map((stack) => [text(stack, 'StackName'), text(stack, 'StackStatus')] as const)
        .filter(([name, state]) => name.startsWith('headroom-') && state !== 'DELETE_COMPLETE')
        .sort(([a], [b]) => a.localeCompare(b)),
    );
  }

  /** Logical id → resource, as far as moto made them. */
  async made(stack: string): Promise<Record<string, Made>> {
    const xml = await this.cloudFormation({ Action: 'DescribeStackResources', StackName: stack });
    return Object.fromEntries(
      members(xml).map((member) => [
        text(member, 'LogicalResourceId'),
        { type: text(member, 'ResourceType'), physicalId: text(member, 'PhysicalResourceId') },
      ]),
    );
  }

  async template(stack: string): Promise<string> {
    return text(await this.cloudFormation({ Action: 'GetTemplate', StackName: stack }), 'TemplateBody');
  }

  /** Nodes' instances that run. */
  async instanceIds(): Promise<string[]> {
    const xml = await this.query('ec2', {
      Action: 'DescribeInstances',
      Version: '2016-11-15',
      'Filter.1.Name': 'instance-state-name',
      'Filter.1.Value.1': 'running',
      'Filter.2.Name': 'tag-key',
      'Filter.2.Value.1': 'headroom:index',
    });
    return [...xml.matchAll(/<instanceId>(i-[0-9a-f]+)<\/instanceId>/g)].map(([, id]) => id!).sort();
  }

  async bucketExists(name: string): Promise<boolean> {
    return (await this.ask('s3', `/${name}`, { method: 'HEAD' })).ok;
  }

  /** moto lists no key that was deleted. */
  async keyIds(): Promise<string[]> {
    const { Keys } = (await this.json('kms', 'TrentService.ListKeys', {})) as { Keys: { KeyId: string }[] };
    return Keys.map(({ KeyId }) => KeyId);
  }

  /** See REVIVED in moto-limits.ts. */
  async deleteRevived(): Promise<void> {
    const { logGroups } = (await this.json('logs', 'Logs_20140328.DescribeLogGroups', {})) as {
      logGroups: { logGroupName: string }[];
    };
    for (const { logGroupName } of logGroups)
      await this.json('logs', 'Logs_20140328.DeleteLogGroup', { logGroupName });
    const functions = '/2015-03-31/functions/';
    const listed = (await (await this.ask('lambda', functions, {})).json()) as {
      Functions: { FunctionName: string }[];
    };
    for (const { FunctionName } of listed.Functions)
      await this.ask('lambda', functions + FunctionName, { method: 'DELETE' });
  }

  private cloudFormation(parameters: Record<string, string>): Promise<string> {
    return this.query('cloudformation', { ...parameters, Version: '2010-05-15' });
  }

  private async query(service: string, parameters: Record<string, string>): Promise<string> {
    const body = new URLSearchParams(parameters);
    return (await this.ask(service, '/', { method: 'POST', body })).text();
  }

  private async json(service: string, target: string, body: unknown): Promise<unknown> {
    const headers = { 'X-Amz-Target': target, 'Content-Type': 'application/x-amz-json-1.1' };
    const answer = await this.ask(service, '/', { method: 'POST', headers, body: JSON.stringify(body) });
    const printed = await answer.text();
    if (!answer.ok) throw new Error(`${target}: ${answer.status} ${printed}`);
    return printed === '' ? {} : JSON.parse(printed);
  }

  /** moto finds the service by the scope of the credential. */
  private ask(service: string, path: string, init: RequestInit): Promise<Response> {
    const scope = `rehearsal/20261129/${this.place.region}/${service}/aws4_request`;
    return fetch(this.endpoint + path, {
      ...init,
      headers: {
        ...(init.headers as Record<string, string>),
        Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
      },
    });
  }
}
