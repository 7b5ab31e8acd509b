import { AwsError } from './aws-error';
import { secondsBetween, type Clock } from '../time/clock';

/** A token bucket, as AWS throttles an API. */
export class RateLimit {
  private tokens: number;
  private filledAt: Date;

  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
    this.filledAt = clock.now();
  }

  /** @throws ThrottlingException when the bucket is empty */
  take(): void {
    const now = this.clock.now();
    this.tokens = Math.min(this.burst, this.tokens + secondsBetween(this.filledAt, now) * this.perSecond);
    this.filledAt = now;
    if (this.tokens < 1) throw new AwsError('ThrottlingException', 'Rate exceeded');
    this.tokens -= 1;
  }
}
