import { RULES } from '../../../lib/audit/rules';
import type { Facts } from '../../../lib/audit/facts';
import { readFacts } from '../../../lib/audit/read/read-facts';
import type { Outcome } from '../../../lib/audit/rule';
import type { AttachedEnvironment } from '../../../lib/config/schema';
import { assemblyOf } from '../../app/synthesized';
import { EXAMPLES, exampleEnvironment } from './example-environments';

const factsOf = (name: string, environment: AttachedEnvironment = exampleEnvironment(name)): Facts =>
  readFacts(assemblyOf(name, environment).directory);

type Finding = Extract<Outcome, { kind: 'finding' }> & { readonly rule: string };

const findings = (head: Facts, base?: Facts): Finding[] =>
  RULES.flatMap((rule) =>
    rule
      .check({ head, ...(base && { base }) })
      .flatMap((outcome) =>
        outcome.kind === 'finding'
          ? [{ ...outcome, rule: rule.id, severity: outcome.severity ?? rule.severity }]
          : [],
      ),
  );

const rulesOf = (found: readonly Finding[]): string[] => [...new Set(found.map(({ rule }) => rule))].sort();

describe.each(EXAMPLES)('%s', (name) => {
  test('each group is there, with what the file says of it', () => {
    const { existing } = exampleEnvironment(name).cluster;
    const facts = factsOf(name);
    expect(facts.unreadable).toEqual([]);
    expect(facts.nodeGroups.map((group) => [group.name, group.kind, group.rootVolume])).toEqual(
      [
        ...(existing.controlPlane ? [['control-plane', existing.controlPlane] as const] : []),
        ...Object.entries(existing.workerGroups),
      ].map(([group, { rootVolume }]) => [
        group,
        'existing',
        {
          state: 'known',
          value: expect.objectContaining({
            sizeGiB: { state: 'known', value: rootVolume.sizeGiB },
          }) as unknown,
        },
      ]),
    );
  });

  test('its alarms and agents are found to look at it, and nothing is an error', () => {
    const found = findings(factsOf(name));
    expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(rulesOf(found)).toEqual(
      [
        'disk-levels-out-of-order',
        ...(name === 'kubeadm' ? ['root-volume-below-minimum'] : []),
        ...(name === 'kops' ? [] : ['root-volume-below-recommendation']),
      ].sort(),
    );
  });
});

test('levels against the defaults of the kubelet are fixed on the nodes, and suppressed', () => {
  const [levels] = findings(factsOf('eks')).filter(({ rule }) => rule === 'disk-levels-out-of-order');
  expect(levels?.remediation).toBe(
    "Set the kubelet's imageGCHighThresholdPercent to 75 and imageGCLowThresholdPercent to 70 where the nodes are made. " +
      'Then suppress this finding: an attached group has no place to declare them.',
  );
});

test('levels and caps are judged', () => {
  const environment = exampleEnvironment('eks');
  environment.cluster.existing.workerGroups['general']!.rootVolume = {
    ...{ sizeGiB: 60, maxSizeGiB: 61, growthGiBPerDay: 30 },
  };
  environment.diskLevels = {
    targetPercent: 75,
    warningPercent: 92,
    criticalPercent: 95,
    emergencyPercent: 97,
  };
  expect(rulesOf(findings(factsOf('eks', environment)))).toEqual(
    expect.arrayContaining([
      'disk-levels-out-of-order',
      'growth-cap-too-near',
      'growth-outruns-modifications',
    ]),
  );
});

test('an alarm that looks at another group leaves this one unwatched', () => {
  const facts = factsOf('eks');
  const blind = {
    ...facts,
    alarms: facts.alarms.map((alarm) => ({ ...alarm, watches: { state: 'known', value: [] } })),
  };
  expect(rulesOf(findings(blind as Facts))).toEqual(
    expect.arrayContaining(['node-group-without-disk-alarm', 'node-group-without-silence-alarm']),
  );
});

test('what is so already is fixed elsewhere: no edit of the file is offered, and nothing shrinks', () => {
  const smaller = exampleEnvironment('kops');
  smaller.cluster.existing.workerGroups['nodes']!.rootVolume.sizeGiB = 10;
  smaller.cluster.existing.controlPlane!.instanceIds.pop();
  const found = findings(factsOf('kops', smaller), factsOf('kops'));
  expect(rulesOf(found)).toEqual([
    'control-plane-count-even',
    'disk-levels-out-of-order',
    'root-volume-below-minimum',
  ]);
  for (const { fix, severity } of found) expect([fix, severity]).toEqual([undefined, 'warning']);
  expect(found.map(({ remediation }) => remediation).join()).toContain('where they are made');
});
