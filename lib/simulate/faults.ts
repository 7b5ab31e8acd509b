import { type ApiCall, AwsError, type Clock, type Interference } from '../../packages/local-aws/src';
import type { Random } from './random';

/** Seconds that a call of an AWS API takes. */
const LATENCY_SECONDS = { least: 0.02, most: 0.15 } as const;
/** Losing the answer of a call that was carried out is the rarer fault: one in so many. */
const LOST_ANSWERS = 5;

/** Whose effect outlives a lost answer, so that the caller's next try meets it. */
const CHANGES = new Set([
  ...['ssm:StartAutomationExecution', 'ssm:SendCommand', 'ssm:CreateOpsItem', 'ec2:ModifyVolume'],
  ...['sqs:SendMessage', 's3:PutObject', 'sns:Publish', 'ec2:RebootInstances'],
]);

/** Calls take time; a share of them is throttled, fails inside AWS, or is carried out and its answer lost. */
export class ApiFaults implements Interference {
  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    /** 0 to 1. */
    private readonly rate: number,
  ) {}

  async around<T>({ service, operation }: ApiCall, carryOut: () => Promise<T>): Promise<T> {
    await this.before(service);
    const answer = await carryOut();
    this.after(service, operation);
    return answer;
  }

  private async before(service: string): Promise<void> {
    await this.clock.sleep(this.random.between(LATENCY_SECONDS.least, LATENCY_SECONDS.most));
    if (!this.random.chance(this.rate)) return;
    if (this.random.chance(0.5))
      throw new AwsError('InternalServerError', 'simulated fault inside AWS', { status: 500 });
    throw new AwsError(service === 'ec2' ? 'RequestLimitExceeded' : 'ThrottlingException', 'Rate exceeded');
  }

  private after(service: string, operation: string): void {
    if (CHANGES.has(`${service}:${operation}`) && this.random.chance(this.rate / LOST_ANSWERS))
      throw new AwsError('InternalServerError', 'simulated loss of the answer', { status: 500 });
  }
}
