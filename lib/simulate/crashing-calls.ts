import { type ApiCall, type Assembly, AwsError, type Interference, text } from '../../packages/local-aws/src';
import type { CrashPoints } from './crash-points';

/** No answer, ever: the timeout of the function ends it. */
const forever = (): Promise<never> => new Promise(() => undefined);

/**
 * Every call of a function or an execution is a place for a crash. A function waits for its answer until it is ended. Automation
 * does not wait for ever, and has made its own tries by then: its step fails.
 */
export class CrashingCalls implements Interference {
  /** By the ARN of its role. */
  private readonly functions: ReadonlyMap<string, string>;

  constructor(
    assembly: Assembly,
    private readonly points: CrashPoints,
    /** What befalls a call besides. */
    private readonly others: Interference,
  ) {
    this.functions = new Map(
      assembly
        .ofType('AWS::Lambda::Function')
        .map(({ properties, physicalId }) => [text(properties.Role, `${physicalId} Role`), physicalId]),
    );
  }

  async around<T>(call: ApiCall, carryOut: () => Promise<T>): Promise<T> {
    const { service, operation, principal } = call;
    const functionName = this.functions.get(principal.roleArn);
    const die = functionName === undefined ? fail : forever;
    const when = this.points.meet('call', `${service}:${operation} by ${functionName ?? 'Automation'}`);
    if (when === 'before') return die();
    try {
      return await this.others.around(call, carryOut);
    } finally {
      // An answer that is an error does not arrive either.
      if (when === 'after') await die();
    }
  }
}

/** Not one of the errors that Automation tries again. */
const fail = (): Promise<never> =>
  Promise.reject(new AwsError('SdkClientException', 'crash point: no answer', { status: 500 }));
