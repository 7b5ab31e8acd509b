import { TOLERATED_STEPS } from '../../lib/domain/outcome/tolerated-steps';
import { nodeFile } from '../../lib/node/node-files';
import { documentsOfSchema, referencesIn, rendered, stringsIn, type Step } from './every-document';

/** Limits of the actions, seconds: facts of Systems Manager. */
const MAX_TIMEOUT_SECONDS: Readonly<Record<string, number>> = {
  'aws:invokeLambdaFunction': 300,
  'aws:executeAwsApi': 25,
  'aws:executeScript': 600,
};

/**
 * Where a failure does not lead to `escalate`: a node that does not run commands has a lane of its own; the plan decides
 * without reclaim; a drain is best effort; the last two have nowhere to go.
 */
const OTHER_FAILURE: Readonly<Record<string, string | undefined>> = {
  // No yes is a no.
  approveReclaim: 'step:record',
  approvePlan: 'step:record',
  approvePlanOutOfBand: 'step:record',
  assess: 'step:askAgent',
  askAgent: 'step:pauseForGuard',
  chooseAgent: 'step:pauseForGuard',
  pauseForGuard: 'step:assessAgain',
  assessAgain: 'step:planOutOfBand',
  readable: 'step:assessAfterReclaim',
  chooseLook: 'step:assessAfterReclaim',
  assessAfterReclaim: 'step:planOutOfBand',
  modify: 'step:chooseRefused',
  modifyOutOfBand: 'step:chooseRefusedOutOfBand',
  ...Object.fromEntries(
    [
      'quorum',
      'quorumAllowed',
      'reboot',
      'settle',
      'waitForAgent',
      'verifyAfterReboot',
      'chooseUncordon',
    ].map((name) => [
      name,
      // What was cordoned by then is uncordoned first.
      'step:chooseTakeBack',
    ]),
  ),
  takeBack: 'Continue',
  evidence: 'Continue',
  reclaim: 'Continue',
  // A node is not lost over it.
  ...{ snapshot: 'Continue', snapshotOutOfBand: 'Continue' },
  drain: 'Continue',
  uncordon: 'Continue',
  kubeletMeanwhile: 'Continue',
  // The event of the failed execution starts the record once more.
  ...{ record: 'Abort', escalate: 'Abort', recorded: undefined, escalated: undefined },
};

/** What each action gives without being told, as far as we use it. */
const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  'aws:runCommand': ['Output'],
  'aws:invokeLambdaFunction': ['Payload'],
  'aws:approve': ['ApprovalStatus'],
};

const successorsOf = (step: Step): string[] => [
  ...(step.nextStep === undefined ? [] : [step.nextStep]),
  ...(step.onFailure?.startsWith('step:') === true ? [step.onFailure.slice('step:'.length)] : []),
  ...(step.action === 'aws:branch' ? branchTargets(step) : []),
];

const branchTargets = (step: Step): string[] => {
  const choices = step.inputs['Choices'];
  const next = Array.isArray(choices)
    ? choices.flatMap((choice: unknown) =>
        typeof choice === 'object' && choice !== null && 'NextStep' in choice
          ? stringsIn(choice.NextStep)
          : [],
      )
    : [];
  return [...next, ...stringsIn(step.inputs['Default'])];
};

describe.each(documentsOfSchema('0.3'))('Automation document %s', (name) => {
  const document = rendered(name);
  const steps = new Map(document.mainSteps.map((step) => [step.name, step]));

  test('assumes its own role', () => {
    expect(document.assumeRole).toMatch(/^arn:aws:iam::/);
  });

  test('every step is reachable, and every step that is named exists', () => {
    const reached = new Set<string>();
    const queue = [document.mainSteps[0]?.name ?? ''];
    for (let step = queue.pop(); step !== undefined; step = queue.pop()) {
      if (reached.has(step)) continue;
      reached.add(step);
      const found = steps.get(step);
      if (found === undefined) throw new Error(`there is no step ${step}`);
      queue.push(...successorsOf(found));
    }
    expect([...reached].sort()).toEqual([...steps.keys()].sort());
  });

  test('every step says where it goes, when it gives up, and what its failure means', () => {
    for (const step of document.mainSteps) {
      expect([step.name, step.timeoutSeconds]).toEqual([step.name, expect.any(Number)]);
      expect([step.name, step['description']]).toEqual([step.name, expect.any(String)]);
      expect(step.timeoutSeconds).toBeLessThanOrEqual(MAX_TIMEOUT_SECONDS[step.action] ?? 7200);
      const ways = [step.nextStep !== undefined, step.isEnd === true, step.action === 'aws:branch'];
      expect([step.name, ways.filter(Boolean).length]).toEqual([step.name, 1]);
      if (step.isEnd !== true) expect([step.name, step.onFailure]).toEqual([step.name, expect.any(String)]);
    }
  });

  test('every reference is a parameter, an output of an earlier step, or a variable of Automation', () => {
    const known = new Set([...Object.keys(document.parameters), 'automation:EXECUTION_ID', 'global:REGION']);
    for (const step of document.mainSteps) {
      for (const reference of referencesIn(step.inputs)) expect(known).toContain(reference);
      for (const output of OUTPUTS[step.action] ?? []) known.add(`${step.name}.${output}`);
      for (const output of step.outputs ?? []) known.add(`${step.name}.${output.Name}`);
    }
    for (const output of document.outputs ?? []) expect(known).toContain(output);
  });

  test('run commands pass only parameters that the Command document has, as lists of strings its patterns allow', () => {
    for (const step of document.mainSteps.filter(({ action }) => action === 'aws:runCommand')) {
      const called = documentsOfSchema('2.2').find(
        (base) => step.inputs['DocumentName'] === `headroom-test-${base}`,
      );
      if (called === undefined) throw new Error(`${step.name} calls a document that is not in the folder`);
      const { parameters } = rendered(called);
      for (const [parameter, value] of Object.entries(step.inputs['Parameters'] ?? {})) {
        expect(Object.keys(parameters)).toContain(parameter);
        const [text, ...more] = value as unknown[];
        expect(more).toEqual([]);
        if (typeof text !== 'string')
          throw new Error(`${step.name}: ${parameter} must be text, got ${String(text)}`);
        if (!text.includes('{{'))
          expect(text).toMatch(new RegExp(parameters[parameter]?.allowedPattern ?? '$^'));
      }
    }
  });

  test('a run command step outlives its delivery and the time its script is given', () => {
    for (const step of document.mainSteps.filter(({ action }) => action === 'aws:runCommand')) {
      expect(step.inputs['TimeoutSeconds']).toBeGreaterThanOrEqual(30);
      expect(step.timeoutSeconds).toBeGreaterThan(Number(step.inputs['TimeoutSeconds']) + 120);
    }
  });
});

describe('HealNode', () => {
  const document = rendered('HealNode');

  test('a failure leads to a person, or to a lane of its own', () => {
    for (const { name, onFailure } of document.mainSteps) {
      const expected = name in OTHER_FAILURE ? OTHER_FAILURE[name] : 'step:escalate';
      expect([name, onFailure]).toEqual([name, expected]);
    }
  });

  const step = (name: string): Step => {
    const found = document.mainSteps.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`there is no step ${name}`);
    return found;
  };

  test('needs the instance id alone', () => {
    const required = Object.entries(document.parameters).filter(
      ([, parameter]) => parameter.default === undefined,
    );
    expect(required.map(([name]) => name)).toEqual(['InstanceId']);
  });

  test('looks, keeps what it saw, and frees before it decides; judges after everything', () => {
    const path: string[] = [];
    for (let at: string | undefined = 'assess'; at !== undefined; at = step(at).nextStep) path.push(at);
    expect(path).toEqual([
      ...['assess', 'evidence', 'reclaimPermission', 'reclaimDecision', 'chooseReclaim'],
    ]);
    expect([step('plan').nextStep, step('decision').nextStep]).toEqual(['decision', 'chooseMode']);
    const bought: string[] = [];
    for (let at: string | undefined = 'modify'; at !== undefined; at = step(at).nextStep) bought.push(at);
    expect(bought).toEqual([
      ...[
        'modify',
        'modificationStarted',
        'modificationStartedAllowed',
        'waitForModification',
        'modification',
        'modificationGrown',
      ],
      ...['extendPermission', 'extendPermissionAllowed', 'extend'],
      ...['kubeletPermission', 'kubeletPermissionAllowed', 'kubelet', 'verify', 'record', 'recorded'],
    ]);
  });

  test('both lanes watch a modification alike', () => {
    const own = (name: string): string =>
      JSON.stringify(step(name).inputs).replaceAll('OutOfBand', '').replaceAll(/\s+/g, ' ');
    expect(own('modifyOutOfBand')).toBe(own('modify'));
    expect(own('modificationStartedOutOfBand')).toBe(own('modificationStarted'));
    expect(own('modificationStartedOutOfBandAllowed')).toBe(own('modificationStartedAllowed'));
    expect(own('waitOutOfBand')).toBe(own('waitForModification'));
    expect(own('modificationOutOfBand')).toBe(own('modification'));
    expect(own('modificationOutOfBandGrown')).toBe(own('modificationGrown'));
    expect(own('decisionOutOfBand')).toBe(own('decision'));
  });

  test('a node that does not run commands gets a pause in which the guard ticks twice, and a second look', () => {
    const { InstanceIds, Parameters, DocumentName } = step('assess').inputs;
    expect(step('assessAgain').inputs).toMatchObject({ InstanceIds, Parameters, DocumentName });
    expect([step('assessAgain').nextStep, step('assessAgain').onFailure]).toEqual([
      step('assess').nextStep,
      'step:planOutOfBand',
    ]);
    expect(step('pauseForGuard').inputs).toEqual({ Duration: 'PT1M' });
    expect(nodeFile('headroom-guard.timer')).toMatch(/^OnUnitInactiveSec=30$/m);
  });

  test('none of the steps that lead on when they fail makes the execution a failed one', () => {
    const leadOn = document.mainSteps.filter(({ onFailure }) => onFailure !== 'step:escalate');
    for (const { name, onFailure, ...more } of leadOn) {
      if (TOLERATED_STEPS.includes(name) && onFailure !== 'Continue')
        expect([name, more['isCritical']]).toEqual([name, false]);
    }
  });

  test('steps go forward only: Automation has loops, but no way back', () => {
    const order = document.mainSteps.map(({ name }) => name);
    for (const each of document.mainSteps)
      for (const next of successorsOf(each))
        expect([each.name, order.indexOf(next) > order.indexOf(each.name)]).toEqual([each.name, true]);
  });

  test.each<[string, string, string, Readonly<Record<string, string>>]>([
    [
      'choose',
      'decision',
      'snapshot',
      {
        ...{ grow: 'modify', extend: 'extend', none: 'kubeletPermission', wait: 'kubeletMeanwhile' },
        ...{ rest: 'kubeletMeanwhile', gone: 'record', paused: 'record' },
      },
    ],
    [
      'chooseOutOfBand',
      'decisionOutOfBand',
      'snapshotOutOfBand',
      {
        ...{ grow: 'modifyOutOfBand', extend: 'chooseDrain', wait: 'record', gone: 'record' },
        ...{ paused: 'record' },
      },
    ],
  ])('%s: anything else goes to a person', (choose, decision, snapshot, ways) => {
    expect(step(choose).inputs).toEqual({
      Choices: [
        // It grows then.
        { NextStep: snapshot, Variable: `{{ ${decision}.Snapshot }}`, StringEquals: 'yes' },
        ...Object.entries(ways).map(([action, NextStep]) => ({
          NextStep,
          Variable: `{{ ${decision}.Action }}`,
          StringEquals: action,
        })),
      ],
      Default: 'escalate',
    });
  });

  test('a new size is used from optimizing on, and what failed ends the wait: completed may take hours', () => {
    expect(step('waitForModification').inputs['DesiredValues']).toEqual([
      'optimizing',
      'completed',
      'failed',
    ]);
  });

  test('no attempt of a step hangs for a quarter of an hour on a lost command, but those that work that long', () => {
    const long = document.mainSteps.filter(
      ({ action, timeoutSeconds = 0 }) => action === 'aws:runCommand' && timeoutSeconds > 900,
    );
    expect(long.map(({ name }) => name)).toEqual(['reclaim']);
  });

  test('frees to the target, and is well below the warning level', () => {
    expect(step('reclaim').inputs['Parameters']).toEqual({ TargetPercent: ['75'] });
    expect(step('verify').inputs['Parameters']).toEqual({ TargetPercent: ['75'], CeilingPercent: ['80'] });
  });

  test.each(['record', 'escalate'])('%s is tried three times', (name) => {
    expect(step(name).maxAttempts).toBe(3);
  });
});
