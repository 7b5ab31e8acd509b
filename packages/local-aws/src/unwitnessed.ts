/**
 * Behaviours of AWS for which no documentation page, recorded answer or run of the real thing was found. The local AWS
 * plays each of them either way; what is built on it must hold under every combination. The first of each is the
 * default: the one that does more harm to a caller who relies on the other.
 */
export const UNWITNESSED = {
  /**
   * `aws:invokeLambdaFunction` of a function that throws. Documented is an output FunctionError, not what becomes of the
   * step: https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-lamb.html
   */
  lambdaError: ['succeeds-with-function-error', 'fails-step'],
  /**
   * StartAutomationExecution with a ClientToken that was used, and the same parameters. Documented: it "can't be reused".
   * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html
   */
  usedClientToken: ['error', 'old-id'],
  /**
   * `aws:waitForAwsResourceProperty` when a call of its API is refused.
   * https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-waitForAwsResourceProperty.html
   */
  waitOnApiError: ['fails', 'asks-again'],
  /**
   * A reference to an output of a step that failed, e.g. `{{ reclaim.Output }}` of a command that ended with 1: the value
   * that the step had, or the reference as it is written.
   */
  failedStepReference: ['stays-literal', 'resolves'],
  /**
   * DescribeVolumesModifications right after ModifyVolume: for some seconds the modification before it, and none for a first
   * one; or the new one at once. Clients guard against the former (kubernetes-sigs/aws-ebs-csi-driver#552); no page says it.
   */
  newModification: ['told-late', 'told-at-once'],
} as const;

type Behaviours = typeof UNWITNESSED;
export type UnwitnessedName = keyof Behaviours;
export type Unwitnessed = { readonly [Name in UnwitnessedName]: Behaviours[Name][number] };

const NAMES = Object.keys(UNWITNESSED) as UnwitnessedName[];

/** The first of each, unless it is given. */
export const unwitnessed = (given: Partial<Unwitnessed> = {}): Unwitnessed => ({
  lambdaError: UNWITNESSED.lambdaError[0],
  usedClientToken: UNWITNESSED.usedClientToken[0],
  waitOnApiError: UNWITNESSED.waitOnApiError[0],
  failedStepReference: UNWITNESSED.failedStepReference[0],
  newModification: UNWITNESSED.newModification[0],
  ...given,
});

/** One combination. @param choose which of so many values, from 0 */
export const drawUnwitnessed = (choose: (values: number) => number): Unwitnessed =>
  Object.fromEntries(
    NAMES.map((name) => [name, UNWITNESSED[name][choose(UNWITNESSED[name].length)]]),
  ) as unknown as Unwitnessed;

/** Every combination. */
export const allUnwitnessed = (): readonly Unwitnessed[] =>
  NAMES.reduce<readonly object[]>(
    (some, name) => some.flatMap((one) => UNWITNESSED[name].map((value) => ({ ...one, [name]: value }))),
    [{}],
  ) as readonly Unwitnessed[];

/** e.g. `lambdaError=fails-step, usedClientToken=error`. */
export const describeUnwitnessed = (combination: Unwitnessed): string =>
  NAMES.map((name) => `${name}=${combination[name]}`).join(', ');
