import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Assembly,
  type Clock,
  fields,
  type Fields,
  type LambdaRuntime,
  list,
  parseJson,
  text,
} from '../../../packages/local-aws/src';
import { declaringSize } from './declared-size';

const SIZES_RESOURCE = 'Custom::HeadroomDeclaredSizes';

export interface DeployAnswer {
  readonly status: string;
  /** What the deploy shows. */
  readonly reason: string;
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

export interface SizeDeploysOptions {
  readonly assembly: Assembly;
  readonly lambda: LambdaRuntime;
  readonly clock: Clock;
  readonly nodeGroup: string;
  /** What the environment's file says for the group to begin with, GiB. */
  readonly declaredSizeGiB: number;
  /** What goes on while a deploy waits, about once a second. */
  readonly meanwhile: () => Promise<void>;
}

interface Deployed {
  readonly resourceId: string;
  readonly sizeGiB: number;
}

/** The environment's file declares another size, and CloudFormation deploys it with the custom resource of the sizes. */
export class SizeDeploys {
  private deployed: Deployed | undefined;

  constructor(private readonly options: SizeDeploysOptions) {
    this.declare(options.declaredSizeGiB);
  }

  /** @throws when the deploy gets no answer, or its rollback fails */
  async deploy(sizeGiB: number): Promise<DeployAnswer> {
    const before = (this.deployed ??= await this.create());
    this.declare(sizeGiB);
    const over = new AbortController();
    const updating = this.request('Update', sizeGiB, before.resourceId).finally(() => over.abort());
    while (!over.signal.aborted) {
      await this.options.meanwhile();
      await this.options.clock.sleep(1, over.signal).catch(() => {
        // Aborted: the deploy is over.
      });
    }
    const answer = await updating;
    if (answer.status === 'SUCCESS') {
      this.deployed = { resourceId: answer.resourceId, sizeGiB };
      // The stack is through: what the update replaced is deleted.
      if (before.resourceId !== answer.resourceId)
        await this.request('Delete', before.sizeGiB, before.resourceId);
      return answer;
    }
    this.declare(before.sizeGiB);
    const back = await this.request('Update', before.sizeGiB, before.resourceId);
    if (back.status !== 'SUCCESS') throw new Error(`the rollback is stuck: ${back.reason}`);
    return answer;
  }

  /** The first deploy of the stack. */
  private async create(): Promise<Deployed> {
    const sizeGiB = this.options.declaredSizeGiB;
    const { resourceId } = await this.request('Create', sizeGiB, undefined);
    return { resourceId, sizeGiB };
  }

  /** Functions know this size from now on. */
  private declare(sizeGiB: number): void {
    this.options.lambda.deployVariables(declaringSize(this.options.nodeGroup, sizeGiB));
  }

  private async request(
    RequestType: string,
    sizeGiB: number,
    PhysicalResourceId: string | undefined,
  ): Promise<DeployAnswer & { readonly resourceId: string }> {
    const answers: Fields[] = [];
    const server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        answers.push(fields(parseJson(body, 'the answer to CloudFormation'), 'the answer to CloudFormation'));
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const [resource] = this.options.assembly.ofType(SIZES_RESOURCE);
      if (!resource) throw new Error(`the assembly has no ${SIZES_RESOURCE}`);
      const { ServiceToken, ...properties } = resource.properties;
      const Groups = list(properties.Groups, 'Groups')
        .map((group) => fields(group, 'Groups'))
        .map((group) =>
          // CloudFormation makes text of numbers.
          group.Name === this.options.nodeGroup
            ? { ...group, SizeGiB: String(sizeGiB) }
            : { ...group, SizeGiB: String(group.SizeGiB) },
        );
      const { functionError, payload } = await this.options.lambda.invoke(
        text(ServiceToken, 'ServiceToken'),
        JSON.stringify({
          RequestType,
          StackId: resource.stackName,
          RequestId: RequestType,
          PhysicalResourceId,
          LogicalResourceId: resource.logicalId,
          ResponseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
          ResourceProperties: { ...properties, Groups },
        }),
      );
      const [answer] = answers;
      if (functionError !== undefined || !answer) throw new Error(`the deploy got no answer: ${payload}`);
      return {
        status: text(answer.Status, 'Status'),
        reason: text(answer.Reason, 'Reason'),
        resourceId: text(answer.PhysicalResourceId, 'PhysicalResourceId'),
      };
    } finally {
      server.close();
    }
  }
}
