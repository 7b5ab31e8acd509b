import { NO_OUTPUT_YET } from '../../lib/domain/outcome/automation-outputs';

/** Outputs of a HealNode execution as Systems Manager lists them: every declared one, whichever step ran. */
export const healingOutputs = (
  step: 'record' | 'escalate' | undefined,
  payload: object | string = {},
): Readonly<Record<string, readonly string[]>> => ({
  'record.Payload': [NO_OUTPUT_YET],
  'escalate.Payload': [NO_OUTPUT_YET],
  ...(step !== undefined && {
    [`${step}.Payload`]: [typeof payload === 'string' ? payload : JSON.stringify(payload)],
  }),
});
