import { flat } from '../../app/synthesized';
import { CALLS_OF_OTHERS, actionsOf } from './iam-actions';
import type { Placed } from './every-environment';

interface Step {
  readonly name: string;
  readonly action: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

interface AutomationContent {
  readonly assumeRole?: unknown;
  readonly mainSteps: readonly Step[];
}

/** What the steps of documents call, and on which documents and functions. */
export interface StepCalls {
  readonly actions: readonly string[];
  /** Names, e.g. `headroom-dev-AssessNode`. */
  readonly commandDocuments: readonly string[];
  readonly functions: readonly string[];
}

/** Automation documents whose steps run with the role. */
export const documentsOf = (
  resources: readonly Placed[],
  { stack, logicalId }: Placed,
): AutomationContent[] =>
  resources
    .filter((each) => each.Type === 'AWS::SSM::Document' && each.stack === stack)
    .map(({ Properties }) => Properties['Content'] as AutomationContent)
    .filter(({ assumeRole }) => assumeRole !== undefined && flat(assumeRole) === `<${logicalId}.Arn>`);

const api = ({ inputs }: Step): string[] => [
  ...actionsOf(`${flat(inputs['Service'])}:${flat(inputs['Api'])}`),
  // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
  ...(inputs['TagSpecifications'] === undefined ? [] : ['ec2:CreateTags']),
];

/** Each kind of step. https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html */
const ACTIONS_OF_STEP: Readonly<Record<string, (step: Step) => readonly string[]>> = {
  'aws:branch': () => [],
  'aws:loop': () => [],
  'aws:sleep': () => [],
  'aws:executeScript': ({ name, inputs }) => {
    if (/boto|urllib|socket/.test(flat(inputs['Script'])))
      throw new Error(`the script of ${name} calls something`);
    return [];
  },
  'aws:executeAwsApi': api,
  'aws:waitForAwsResourceProperty': api,
  'aws:assertAwsResourceProperty': api,
  'aws:invokeLambdaFunction': () => ['lambda:InvokeFunction'],
  'aws:runCommand': () => CALLS_OF_OTHERS.runCommandStep,
  // https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-approve.html
  'aws:approve': ({ inputs }) => (inputs['NotificationArn'] === undefined ? [] : ['sns:Publish']),
};

/** @throws for a kind of step that is not known here */
export const callsOfDocuments = (documents: readonly AutomationContent[]): StepCalls => {
  const steps = documents.flatMap(({ mainSteps }) => [...mainSteps]);
  const named = (action: string, input: string): string[] => [
    ...new Set(steps.filter((step) => step.action === action).map((step) => flat(step.inputs[input]))),
  ];
  return {
    actions: steps.flatMap((step) => {
      const actions = ACTIONS_OF_STEP[step.action];
      if (actions === undefined) throw new Error(`${step.name}: what does a step ${step.action} call?`);
      return actions(step);
    }),
    commandDocuments: named('aws:runCommand', 'DocumentName').sort(),
    functions: named('aws:invokeLambdaFunction', 'FunctionName').sort(),
  };
};
