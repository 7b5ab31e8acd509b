import type { SsmDocument } from './documents';
import { fields, flag, list, number, onlyKeys, optional, text, texts, type Fields } from '../values/fields';
import { ACTIONS } from './actions';
import type { OutputDefinition, StepDefinition } from './types';

const TOP_KEYS = [
  'schemaVersion',
  'description',
  'assumeRole',
  'parameters',
  'mainSteps',
  'outputs',
  'variables',
  'files',
];
const STEP_KEYS = [
  ...['name', 'action', 'description', 'inputs', 'outputs', 'onFailure', 'onCancel', 'isCritical', 'isEnd'],
  ...['nextStep', 'maxAttempts', 'timeoutSeconds'],
];
export const OUTPUT_TYPES = ['String', 'StringList', 'Boolean', 'Integer', 'StringMap', 'MapList'];

export interface AutomationDocument {
  readonly name: string;
  /** Role ARN, or undefined: the caller's role. */
  readonly assumeRole: string | undefined;
  readonly steps: readonly StepDefinition[];
  /** `step.Output` names that the execution shows. */
  readonly outputs: readonly string[];
  readonly parameterTypes: Readonly<Record<string, string>>;
}

function readOutput(value: unknown, where: string): OutputDefinition {
  const output = fields(value, where);
  onlyKeys(output, ['Name', 'Selector', 'Type'], where);
  const type = optional(output.Type, `${where}.Type`, text, 'String');
  if (!OUTPUT_TYPES.includes(type)) throw new Error(`${where}: unknown Type ${type}`);
  return {
    name: text(output.Name, `${where}.Name`),
    selector: text(output.Selector, `${where}.Selector`),
    type,
  };
}

function readStep(value: unknown, where: string): StepDefinition {
  const step = fields(value, where);
  const name = text(step.name, `${where} name`);
  const path = `${where} ${name}`;
  onlyKeys(step, STEP_KEYS, path);
  const action = text(step.action, `${path}.action`);
  if (!ACTIONS[action])
    throw new Error(`${path}: unknown action ${action}; known are ${Object.keys(ACTIONS).join(', ')}`);
  const onFailure = optional(step.onFailure, `${path}.onFailure`, text, 'Abort');
  if (!/^(Abort|Continue|step:.+)$/.test(onFailure))
    throw new Error(`${path}: unknown onFailure ${onFailure}`);
  const onCancel = optional(step.onCancel, `${path}.onCancel`, text, 'Abort');
  if (!/^(Abort|step:.+)$/.test(onCancel)) throw new Error(`${path}: unknown onCancel ${onCancel}`);
  const inputs = optional(step.inputs, `${path}.inputs`, fields, {});
  ACTIONS[action].check(inputs, path);
  return {
    name,
    action,
    inputs,
    onFailure,
    onCancel,
    // AWS documents: Continue makes a step not critical, whatever it says.
    isCritical:
      onFailure === 'Continue' ? false : optional(step.isCritical, `${path}.isCritical`, flag, true),
    isEnd: optional(step.isEnd, `${path}.isEnd`, flag, false),
    nextStep: optional(step.nextStep, `${path}.nextStep`, text, undefined),
    maxAttempts: optional(step.maxAttempts, `${path}.maxAttempts`, number, 1),
    timeoutSeconds: optional(step.timeoutSeconds, `${path}.timeoutSeconds`, number, undefined),
    outputs: optional(step.outputs, `${path}.outputs`, list, []).map((item, index) =>
      readOutput(item, `${path}.outputs[${index}]`),
    ),
  };
}

const targets = (step: StepDefinition): readonly string[] => {
  const jumps = [step.onFailure, step.onCancel]
    .filter((value) => value.startsWith('step:'))
    .map((value) => value.slice(5));
  return [...jumps, ...(step.nextStep === undefined ? [] : [step.nextStep]), ...branchTargets(step.inputs)];
};

const branchTargets = (inputs: Fields): readonly string[] => {
  const choices = Array.isArray(inputs.Choices) ? inputs.Choices : [];
  const next = choices.map((choice) => fields(choice, 'Choices').NextStep);
  return [...next, inputs.Default].filter((name) => typeof name === 'string');
};

/** @throws naming document and step for anything that the interpreter does not know, or a step that is not there */
export function readAutomation(document: SsmDocument): AutomationDocument {
  const where = `document ${document.name}`;
  const { content } = document;
  onlyKeys(content, TOP_KEYS, where);
  if (content.variables !== undefined || content.files !== undefined) {
    throw new Error(`${where}: variables and files are not interpreted`);
  }
  const steps = list(content.mainSteps, `${where} mainSteps`).map((item) => readStep(item, where));
  const names = steps.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${where}: two steps are named ${twice}`);
  for (const step of steps) {
    const unknown = targets(step).find((name) => !names.includes(name));
    if (unknown !== undefined) throw new Error(`${where} ${step.name}: there is no step ${unknown}`);
  }
  const parameterTypes = Object.entries(document.parameters).map(([name, { type }]) => [name, type] as const);
  return {
    name: document.name,
    assumeRole: optional(content.assumeRole, `${where} assumeRole`, text, undefined) || undefined,
    steps,
    outputs: optional(content.outputs, `${where} outputs`, texts, []),
    parameterTypes: Object.fromEntries(parameterTypes),
  };
}
