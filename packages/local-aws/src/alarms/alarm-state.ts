import { COMPARISONS, type AlarmDefinition } from './alarm-definition';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** CloudWatch looks at a few more periods than asked, so that a late datapoint does not count as missing. */
export const EXTRA_PERIODS = 2;

export interface Judgement {
  readonly state: AlarmState;
  readonly reason: string;
  /** The datapoints that were used, newest last. */
  readonly recent: readonly number[];
}

const isBreaching = (definition: AlarmDefinition, value: number): boolean =>
  COMPARISONS[definition.comparison]?.(value, definition.threshold) ?? false;

/** States that hold whatever the missing datapoints would have been, else undefined. */
function certain(definition: AlarmDefinition, used: readonly number[]): AlarmState | undefined {
  const breaching = used.filter((value) => isBreaching(definition, value)).length;
  const { datapointsToAlarm, evaluationPeriods } = definition;
  if (breaching >= datapointsToAlarm) return 'ALARM';
  return used.length - breaching > evaluationPeriods - datapointsToAlarm ? 'OK' : undefined;
}

/** Missing data as AWS documents it: "Configuring how CloudWatch alarms treat missing data". */
function withMissing(
  definition: AlarmDefinition,
  values: readonly (number | undefined)[],
  used: readonly number[],
  previous: AlarmState,
): AlarmState {
  const missing = definition.evaluationPeriods - used.length;
  const breaching = used.filter((value) => isBreaching(definition, value)).length;
  switch (definition.treatMissingData) {
    case 'breaching':
      return breaching + missing >= definition.datapointsToAlarm ? 'ALARM' : 'OK';
    case 'notBreaching':
      return 'OK';
    case 'ignore':
      return previous;
    case 'missing': {
      if (used.length === 0) return 'INSUFFICIENT_DATA';
      const oldest = values.findIndex((value) => value !== undefined && isBreaching(definition, value));
      const since = values.slice(oldest);
      const only = since.every((value) => value === undefined || isBreaching(definition, value));
      return oldest >= 0 && only && since.length >= definition.datapointsToAlarm ? 'ALARM' : previous;
    }
  }
}

/**
 * The state of one series.
 * @param values of `evaluationPeriods + EXTRA_PERIODS` periods, oldest first; undefined: no datapoint
 */
export function judge(
  definition: AlarmDefinition,
  values: readonly (number | undefined)[],
  previous: AlarmState,
): Judgement {
  const used = values.filter((value) => value !== undefined).slice(-definition.evaluationPeriods);
  const state =
    certain(definition, used) ??
    (used.length < definition.evaluationPeriods ? withMissing(definition, values, used, previous) : 'OK');
  const shown = used.map((value) => value.toFixed(1)).join(', ');
  const reason =
    used.length === 0
      ? 'no datapoints were received'
      : `Threshold Crossed: datapoints [${shown}] against ${definition.comparison} (${definition.threshold})`;
  return { state, reason, recent: used };
}
