import {
  findRunbook,
  readSettings,
  runbookList,
  runbooks,
  startParameters,
  type Runbook,
} from '../../lib/console/runbooks';

const INSTANCE = 'i-0123456789abcdef0';

test('only Automation documents are listed, each with its parameters', () => {
  const bases = runbooks().map(({ base }) => base);
  expect(bases).toEqual(expect.arrayContaining(['HealNode', 'GameDay']));
  expect(bases).not.toContain('AssessNode');
  const heal = findRunbook('HealNode', 'prod');
  expect(heal.title).toBe("heal a node's disk");
  expect(heal.disruptive).toBe(true);
  expect(heal.parameters.find(({ name }) => name === 'InstanceId')).toMatchObject({
    default: undefined,
    allowedPattern: '^i-[0-9a-f]{8}([0-9a-f]{9})?$',
  });
  expect(runbookList(runbooks(), 'prod')).toContain('HealNode  heal a node');
});

test('a default that the deployment sets need not be given', () => {
  const gameDay = findRunbook('headroom-prod-GameDay', 'prod');
  expect(gameDay.parameters.find(({ name }) => name === 'FillToPercent')?.default).toBe('');
  expect(startParameters(gameDay, INSTANCE, {})).toEqual({ InstanceId: [INSTANCE] });
});

test('an unknown runbook is named with what there is', () => {
  expect(() => findRunbook('healnode', 'prod')).toThrow('Did you mean HealNode?');
});

test.each([
  [['A'], '--set must be Key=Value, got "A"'],
  [['A=1', 'A=2'], '--set A is given twice'],
  [['=1'], '--set must be Key=Value'],
])('%j is refused', (settings, message) => expect(() => readSettings(settings)).toThrow(message));

test('a value may be empty and may have an equals sign', () =>
  expect(readSettings(['A=', 'B=x=y'])).toEqual({ A: '', B: 'x=y' }));

const runbook: Runbook = {
  ...{ base: 'HealNode', title: 't', disruptive: true },
  parameters: [
    { name: 'InstanceId', description: 'The node.', default: undefined, allowedPattern: '^i-[0-9a-f]{8}$' },
    { name: 'Confirm', description: 'RESTORE.', default: undefined, allowedPattern: '^RESTORE$' },
    { name: 'Key', description: 'Which.', default: 'latest', allowedPattern: undefined },
  ],
};

test('everything that is wrong is said at once, before the call', () => {
  expect(() => startParameters(runbook, 'i-xyz', { Kei: 'x' })).toThrow(
    [
      'HealNode cannot be started:',
      '  Kei: HealNode has no such parameter; it has InstanceId, Confirm, Key',
      '  InstanceId: must match ^i-[0-9a-f]{8}$, found "i-xyz". The node.',
      '  Confirm: is required; give --set Confirm=…. RESTORE.',
    ].join('\n'),
  );
});

test('--instance and --set InstanceId= must not differ', () => {
  const settings = { InstanceId: 'i-00000001', Confirm: 'RESTORE' };
  expect(() => startParameters(runbook, 'i-00000002', settings)).toThrow('differ');
  expect(startParameters(runbook, 'i-00000001', settings)).toEqual({
    InstanceId: ['i-00000001'],
    Confirm: ['RESTORE'],
  });
});

test('a runbook without InstanceId takes no --instance', () => {
  expect(() => startParameters({ ...runbook, parameters: [] }, 'i-00000001', {})).toThrow(
    'leave --instance out',
  );
});
