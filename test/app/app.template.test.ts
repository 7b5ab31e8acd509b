import { auditPieces } from '../../bin/audit/audit-pieces';
import { audit } from '../../lib/audit/audit';
import { readFacts } from '../../lib/audit/read/read-facts';
import { ENVIRONMENTS, ROOT, shipped, warningsOf } from './synthesized';

test.each(ENVIRONMENTS.map(({ name }) => name))('%s: no warning, no error, no look-up', (name) => {
  const { assembly } = shipped(name);
  expect(assembly.manifest.missing ?? []).toEqual([]);
  expect(warningsOf(assembly)).toEqual([]);
  for (const stack of assembly.stacks) expect(stack.environment.account).toMatch(/^\d{12}$/);
  expect(assembly.stacks.map(({ stackName }) => stackName).sort()).toEqual([
    `headroom-${name}-agents`,
    `headroom-${name}-cluster`,
    `headroom-${name}-heal`,
    `headroom-${name}-observe`,
    `headroom-${name}-operate`,
    `headroom-${name}-protect`,
  ]);
});

test.each(ENVIRONMENTS.map(({ name }) => name))(
  '%s: the audit finds nothing, and can judge everything',
  (name) => {
    const head = readFacts(shipped(name).assembly.directory);
    expect(head.nodeGroups.length).toBeGreaterThan(1);
    const report = audit(
      { head, suppressions: [], nowMs: Date.now(), audited: name, failOn: 'note' },
      auditPieces(ROOT),
    );
    const { findings, cannotTell, unreadable } = report;
    expect({ findings: findings.map(({ message }) => message), cannotTell, unreadable }).toEqual({
      ...{ findings: [], cannotTell: [], unreadable: [] },
    });
  },
);

test('healing is there before the alarms, and the alarms’ instances before both', () => {
  const { dependenciesOf } = shipped('prod');
  expect(dependenciesOf('observe')).toEqual(['agents', 'cluster', 'heal']);
  expect(dependenciesOf('heal')).toEqual([]);
});
