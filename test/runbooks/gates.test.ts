import {
  DOCUMENT_FILES,
  documentsOfSchema,
  rendered,
  stringsIn,
  type SsmDocument,
  type Step,
} from './every-document';

/** Functions that keep something and decide nothing. */
const NOT_ASKED = ['evidence'];

/** API operations that take something away from a node, or cannot be undone. */
const DISRUPTIVE_APIS = [
  'ModifyVolume',
  'RebootInstances',
  'StopInstances',
  'TerminateInstances',
  'TerminateInstanceInAutoScalingGroup',
];
/** Commands that do: the parameter `Action` decides, or the document as a whole. */
const DISRUPTIVE_COMMANDS: Readonly<Record<string, readonly string[] | 'always'>> = {
  CordonDrainNode: ['drain', 'delete'],
  Drill: ['fill'],
  UpgradePackages: 'always',
};

const isDisruptive = ({ action, inputs }: Step): boolean => {
  if (action === 'aws:executeAwsApi') {
    const api = String(inputs['Api']).replaceAll('_', '').toLowerCase();
    return DISRUPTIVE_APIS.some((name) => name.toLowerCase() === api);
  }
  if (action !== 'aws:runCommand') return false;
  const command = DISRUPTIVE_COMMANDS[String(inputs['DocumentName']).replace('headroom-test-', '')];
  const [chosen = ''] = stringsIn((inputs['Parameters'] as { Action?: unknown } | undefined)?.Action);
  return command === 'always' || (command?.includes(chosen) ?? false);
};

/** Raises unless the payload of a function says so itself; HealNode's decisions read the plan's own word, `grow`. */
const isGate = ({ name, action }: Step): boolean =>
  action === 'aws:executeScript' && (name.endsWith('Allowed') || name.startsWith('decision'));

/** Steps that can run without any gate having passed. */
const ungated = ({ mainSteps }: SsmDocument): Step[] => {
  const steps = new Map(mainSteps.map((step) => [step.name, step]));
  const reached = new Set<Step>();
  const queue = mainSteps.slice(0, 1);
  for (let step = queue.pop(); step !== undefined; step = queue.pop()) {
    if (reached.has(step)) continue;
    reached.add(step);
    for (const name of successors(step))
      queue.push(...[steps.get(name)].filter((next) => next !== undefined));
  }
  return [...reached];
};

/** What may follow a step, whatever happens. */
const following = ({ mainSteps }: SsmDocument, first: Step): Step[] => {
  const rest = mainSteps.filter(({ name }) => namesAfter(first).includes(name));
  return rest.flatMap((step) => [step, ...following({ mainSteps } as SsmDocument, step)]);
};

const successors = (step: Step): string[] => {
  const failed = step.onFailure?.startsWith('step:') === true ? [step.onFailure.slice('step:'.length)] : [];
  return isGate(step) ? failed : [...failed, ...namesAfter(step)];
};

/** Where a success leads. */
const namesAfter = ({ inputs, nextStep }: Step): string[] =>
  nextStep === undefined ? stringsIn([inputs['Choices'], inputs['Default']]) : [nextStep];

test('the rules know disruptive steps in the documents that have them', () => {
  const having = DOCUMENT_FILES.filter((base) => rendered(base).mainSteps.some(isDisruptive));
  expect(having).toEqual([
    'DrainNode',
    'GameDay',
    'HealNode',
    'ReplaceWorker',
    'RetireWorker',
    'UpgradeNode',
  ]);
});

describe.each(documentsOfSchema('0.3'))('%s', (base) => {
  const document = rendered(base);

  test('nothing disruptive runs before a payload has allowed it', () => {
    expect(
      ungated(document)
        .filter(isDisruptive)
        .map(({ name }) => name),
    ).toEqual([]);
  });

  test('a function that is asked before something disruptive has its payload read by the very next step', () => {
    for (const step of document.mainSteps.filter(({ action }) => action === 'aws:invokeLambdaFunction')) {
      const ahead = following(document, step);
      if (NOT_ASKED.includes(step.name) || !ahead.some(isDisruptive)) continue;
      const [next] = ahead;
      expect([step.name, next?.action]).toEqual([step.name, 'aws:executeScript']);
      expect(stringsIn(next?.inputs['InputPayload'])).toContain(`{{ ${step.name}.Payload }}`);
    }
  });

  test('a step XAllowed checks the payload of the function X right after it, by the one script', () => {
    for (const { name, inputs, onFailure } of document.mainSteps.filter((step) =>
      step.name.endsWith('Allowed'),
    )) {
      const asked = name.slice(0, -'Allowed'.length);
      const before = document.mainSteps.find((step) => step.name === asked);
      expect([asked, before?.action, before?.nextStep]).toEqual([asked, 'aws:invokeLambdaFunction', name]);
      expect(stringsIn(inputs['InputPayload'])).toContain(`{{ ${asked}.Payload }}`);
      expect(inputs['Script']).toContain(`get('allowed') is not True`);
      expect([name, onFailure]).not.toEqual([name, 'Continue']);
    }
  });
});
