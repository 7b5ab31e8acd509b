import { presentOutputs, readJson, type AutomationOutputs } from './automation-outputs';
import { isInstanceId } from '../names/instance-id';
import { VERDICTS, type Verdict } from './verdict';

/** HealNode's outputs that name its outcome: what `record` answered, from whichever of its two ends. */
export const OUTCOME_OUTPUTS = ['record.Payload', 'escalate.Payload'] as const;

/** How an execution of HealNode ended, from its outputs. */
export interface HealingOutcome {
  /** undefined: it has not ended, or it ended without one, e.g. cancelled. */
  readonly verdict: Verdict | undefined;
  /** undefined: the outputs do not name it; the execution's parameters do. */
  readonly instanceId: string | undefined;
  /** When a `waiting`, `observed` or `denied` node, or an `escalated` one that was healed too often, may be healed again, milliseconds since the epoch; undefined: it does not say. */
  readonly waitsUntilMs: number | undefined;
  /** Of `/` at its end, 0–100; undefined: it does not say. */
  readonly usedPercent: number | undefined;
}

/** After these a node that did not get worse is left alone until the time that they give. */
export const WAITING: readonly Verdict[] = ['waiting', 'observed', 'denied'];

/** Where Systems Manager kept only the beginning: `verdict` is the first member that `record` writes. */
const VERDICT_FIRST = /^"?\{\s*\\?"verdict\\?"\s*:\s*\\?"([a-z]+)\\?"/;

/**
 * The outcome of a healing by the values of its outputs, never by their names: all of them are listed of every
 * execution. Pure; never throws.
 */
export const healingOutcome = (outputs: AutomationOutputs): HealingOutcome => {
  const texts = presentOutputs(outputs).flatMap(([name, text]) =>
    (OUTCOME_OUTPUTS as readonly string[]).includes(name) ? [text] : [],
  );
  for (const text of texts) {
    const json = readJson(text);
    const said = json === undefined ? VERDICT_FIRST.exec(text)?.[1] : json['verdict'];
    const verdict = VERDICTS.find((each) => each === said);
    if (verdict === undefined) continue;
    const { instanceId, until, usedPercent } = json ?? {};
    const untilMs = typeof until === 'string' ? Date.parse(until) : NaN;
    return {
      verdict,
      instanceId: typeof instanceId === 'string' && isInstanceId(instanceId) ? instanceId : undefined,
      waitsUntilMs:
        (WAITING.includes(verdict) || verdict === 'escalated') && Number.isFinite(untilMs)
          ? untilMs
          : undefined,
      usedPercent: typeof usedPercent === 'number' ? usedPercent : undefined,
    };
  }
  return { verdict: undefined, instanceId: undefined, waitsUntilMs: undefined, usedPercent: undefined };
};
