import { resourcePrefix } from '../domain/names/naming';
import { SWEEP_FINDINGS, type SweepFindingKind } from '../domain/sweep/sweep';
import {
  type AccountEvent,
  type Assembly,
  fields,
  list,
  parseJson,
  text,
} from '../../packages/local-aws/src';

const RATE = /^rate\((\d+) minutes?\)$/;

/** How far apart the synthesized schedules run, in seconds. @throws when there is not one rate of whole minutes */
export function scheduleSeconds(assembly: Assembly): number {
  const declared = assembly
    .ofType('AWS::Events::Rule')
    .flatMap(({ properties: { ScheduleExpression: schedule } }) =>
      schedule === undefined ? [] : [text(schedule, 'ScheduleExpression')],
    );
  const [minutes, ...more] = new Set(declared.map((schedule) => RATE.exec(schedule)?.[1]));
  if (minutes === undefined || more.length > 0) {
    throw new Error(
      `the simulation runs schedules of one rate in minutes, got ${declared.join(', ') || 'none'}`,
    );
  }
  return Number(minutes) * 60;
}

/** What the sweep function answered, each time that its schedule invoked it. */
export class Sweeps {
  readonly found: Record<SweepFindingKind, number>;
  failed = 0;
  private readonly functionName: string;

  constructor(
    environmentName: string,
    /** Called with the instances that a sweep queued; one that failed is not reported. */
    private readonly onAnswer: (instanceIds: readonly string[]) => void,
  ) {
    this.functionName = `${resourcePrefix(environmentName)}-sweep`;
    this.found = Object.fromEntries(SWEEP_FINDINGS.map((finding) => [finding, 0])) as typeof this.found;
  }

  /** All events of the local cloud; those of other functions are passed over. */
  readonly hear = ({ kind, data }: AccountEvent): void => {
    if (kind !== 'lambda' || data.functionName !== this.functionName) return;
    if (data.error !== undefined) {
      this.failed += 1;
      return;
    }
    const answer = fields(parseJson(text(data.answer, 'answer'), 'the answer of the sweep'), 'answer');
    const findings = list(answer.findings, 'findings').map((item) => fields(item, 'finding'));
    for (const { finding } of findings) this.found[finding as SweepFindingKind] += 1;
    this.onAnswer(findings.map(({ instanceId }) => text(instanceId, 'instanceId')));
  };
}
