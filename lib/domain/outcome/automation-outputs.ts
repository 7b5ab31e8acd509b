/** Outputs as Systems Manager lists them: `step.Output` → texts. */
export type AutomationOutputs = Readonly<Record<string, readonly string[]>>;

/**
 * What Systems Manager shows in place of a declared output whose step did not run or failed. Every declared output is
 * listed, so only the text shows it. Recorded in aws/aws-cli@b196641 awscli/examples/ssm/get-automation-execution.rst
 * and describe-automation-executions.rst, and for a failed step in
 * aws-solutions/automated-security-response-on-aws source/Orchestrator/test/test_check_ssm_execution.py.
 */
export const NO_OUTPUT_YET = 'No output available yet because the step is not successfully executed';

/** A reference that nothing resolved stays as it was written. */
const REFERENCE = /^\{\{[^{}]*\}\}$/;

/** The text of an output; undefined: there is none, or a placeholder stands in its place. */
export const presentText = (text: string | undefined): string | undefined => {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' || trimmed.startsWith(NO_OUTPUT_YET) || REFERENCE.test(trimmed) ? undefined : text;
};

/** The outputs that have a value: name and text, several texts of one output joined by line breaks. */
export const presentOutputs = (outputs: AutomationOutputs): readonly (readonly [string, string])[] =>
  Object.entries(outputs).flatMap(([name, values]) => {
    const text = presentText(values.flatMap((value) => presentText(value) ?? []).join('\n'));
    return text === undefined ? [] : [[name, text.trim()] as const];
  });

type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The JSON object that an output holds, perhaps in a string, perhaps as the last of several lines. */
export const readJson = (text: string): Json | undefined => {
  for (const candidate of [text, text.trim().split('\n').at(-1) ?? '']) {
    try {
      const value: unknown = JSON.parse(candidate);
      if (isJson(value)) return value;
      if (typeof value === 'string') return readJson(value);
    } catch {
      continue; // Not JSON: the next candidate, or none.
    }
  }
  return undefined;
};
