import { DOCUMENTS, HEALING_DOCUMENTS, documentName } from '../../lib/domain/names/naming';
import {
  allResources,
  environmentOf,
  flat,
  resources,
  shipped,
  synthesize,
  type Resource,
} from '../app/synthesized';

const documents = (synthesized = shipped('prod')): Resource[] =>
  allResources(synthesized).flatMap(([, resource]) =>
    resource.Type === 'AWS::SSM::Document' ? [resource] : [],
  );
const document = (base: (typeof DOCUMENTS)[number], synthesized = shipped('prod')): Record<string, unknown> =>
  documents(synthesized).find(({ Properties }) => Properties['Name'] === documentName('prod', base))!
    .Properties;

test('all documents are there, and an update is a new version instead of a conflict of names', () => {
  expect(
    documents()
      .map(({ Properties }) => Properties['Name'])
      .sort(),
  ).toEqual(DOCUMENTS.map((base) => documentName('prod', base)).sort());
  for (const { Properties } of documents()) expect(Properties['UpdateMethod']).toBe('NewVersion');
});

test.each(DOCUMENTS)('%s: no placeholder is left, and it is under the limit of 64 KB', (base) => {
  const { Content, DocumentType } = document(base);
  const text = JSON.stringify(Content);
  expect(text).not.toContain('{{{');
  expect(Buffer.byteLength(text)).toBeLessThan(65_536);
  expect(DocumentType).toBe(
    (Content as { schemaVersion: string }).schemaVersion === '2.2' ? 'Command' : 'Automation',
  );
});

test('HealNode runs with its own role and calls its own functions and documents', () => {
  const content = document('HealNode')['Content'] as {
    assumeRole: unknown;
    mainSteps: { action: string; inputs: Record<string, unknown> }[];
  };
  expect(flat(content.assumeRole)).toMatch(/^<AutomationRole.*\.Arn>$/);
  const called = content.mainSteps.flatMap(({ inputs }) => [inputs['DocumentName'], inputs['FunctionName']]);
  const texts = called.filter((value) => value !== undefined).map(flat);
  expect(new Set(texts.filter((text) => text.startsWith('headroom-')))).toEqual(
    new Set(HEALING_DOCUMENTS.map((base) => documentName('prod', base))),
  );
  expect(texts.some((text) => /^<PlanFunction.*\.Arn>$/.test(text))).toBe(true);
  expect(texts.some((text) => /^<RecordFunction.*\.Arn>$/.test(text))).toBe(true);
});

test('the levels of the environment file reach the steps, as strings', () => {
  const environment = environmentOf('prod');
  environment.diskLevels = {
    targetPercent: 61,
    warningPercent: 67,
    criticalPercent: 85,
    emergencyPercent: 97,
  };
  const text = JSON.stringify(document('HealNode', synthesize('prod', environment))['Content']);
  expect(text).toContain('"TargetPercent":["61"]');
  expect(text).toContain('"CeilingPercent":["67"]');
  expect(text).not.toContain('["75"]');
});

describe('the reclaim policy of the environment file', () => {
  const reclaim = {
    skip: ['coredumps', 'journal'],
    keepHours: { logs: 48, coredumps: 72, agent: 168, containers: 1 },
    journal: { keepDays: 30, keepMiB: 1000 },
    images: { keep: ['registry.example.com/base/*', 'pause:*'], minimumAgeHours: 12 },
  } as const;
  const environment = {
    ...environmentOf('prod'),
    reclaim: {
      ...reclaim,
      skip: [...reclaim.skip],
      images: { ...reclaim.images, keep: [...reclaim.images.keep] },
    },
  };
  const parametersOf = (content: unknown): Record<string, { default: string; allowedPattern: string }> =>
    (content as { parameters: Record<string, { default: string; allowedPattern: string }> }).parameters;

  test('is what ReclaimDisk does by default, by whom it may be started', () => {
    const parameters = parametersOf(document('ReclaimDisk', synthesize('prod', environment))['Content']);
    const expected = {
      ...{ SkipSteps: 'coredumps,journal', JournalKeepDays: '30', JournalKeepMiB: '1000' },
      ...{ LogsKeepHours: '48', CoredumpsKeepHours: '72', AgentKeepHours: '168', ContainersKeepHours: '1' },
      ...{ KeepImages: 'registry.example.com/base/+,pause:+', ImagesMinimumAgeHours: '12' },
    };
    for (const [name, value] of Object.entries(expected)) {
      expect([name, parameters[name]?.default]).toEqual([name, value]);
      expect(value).toMatch(new RegExp(parameters[name]?.allowedPattern ?? '$^'));
    }
  });

  test('reaches the guard of every node', () => {
    const [association] = Object.values(
      resources(synthesize('prod', environment).heal, 'AWS::SSM::Association'),
    ).filter(({ Properties }) => Properties['Name'] === documentName('prod', 'PrepareNode'));
    expect(association?.Properties['Parameters']).toMatchObject({
      SkipSteps: ['coredumps,journal'],
      KeepImages: ['registry.example.com/base/+,pause:+'],
      ImagesMinimumAgeHours: ['12'],
    });
  });
});
