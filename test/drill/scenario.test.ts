import {
  loadScenario,
  parseScenario,
  ScenarioError,
  shippedScenarios,
  withRealKubernetes,
} from '../../lib/drill/scenario';

const minimal = 'node: {role: worker, rootFs: ext4}\nexpect: {verdict: healed}\n';

describe('scenarios', () => {
  it.each(shippedScenarios())('%s, as shipped, is valid and has a title', (name) => {
    const scenario = loadScenario(name);
    expect(scenario.name).toBe(name);
    expect(scenario.title).toMatch(/\w/);
  });

  it('with real Kubernetes are apart from those that every machine can drill', () => {
    expect(shippedScenarios('real')).toEqual(['control-plane-gone']);
    expect(shippedScenarios('stand-in')).toEqual(
      shippedScenarios().filter((name) => name !== 'control-plane-gone'),
    );
  });

  it('drills a scenario once for each filesystem that its rootFs lists', () => {
    const [ext4, xfs] = [loadScenario('disk-full'), loadScenario('disk-full-xfs')];
    expect(shippedScenarios()).toEqual(expect.arrayContaining(['disk-full', 'disk-full-xfs']));
    expect(ext4.node.rootFs).toBe('ext4');
    expect(xfs).toEqual({
      ...ext4,
      name: 'disk-full-xfs',
      title: `${ext4.title} On xfs.`,
      node: { ...ext4.node, rootFs: 'xfs' },
    });
    expect(() => parseScenario(minimal, 's.yaml', 'btrfs')).toThrow(/node\.rootFs[^]*"btrfs"/);
  });

  it('fills in what is left out', () => {
    const scenario = parseScenario(minimal, '/some/where/mine.yaml');
    expect(scenario).toMatchObject({
      name: 'mine',
      node: { diskGiB: 8, layout: 'partition' },
      before: [],
      deploy: [],
      aws: [],
      volume: { optimizingSeconds: 21_600, modifications: [] },
      events: { copies: 1, lost: false },
      powerCut: [],
      later: [],
      expect: { steps: {}, node: [], escalationSays: [] },
    });
  });

  it('lists every mistake with its line and place', () => {
    const text = 'node: {role: king, rootFs: ext4}\nbefor: [x]\nexpect:\n  verdict: fine\n';
    const read = () => parseScenario(text, 's.yaml');
    expect(read).toThrow(ScenarioError);
    expect(read).toThrow(
      /s\.yaml:1:14 {2}node\.role\n {2}must be one of control-plane, worker\n {2}found: "king"/,
    );
    expect(read).toThrow(/s\.yaml:4:12 {2}expect\.verdict/);
    expect(read).toThrow(/befor\n {2}must be one of the known keys: [^]*did you mean "before"\?/);
  });

  it.each([
    ['ssm.SendCommand', /service:Operation/],
    ['SendCommand', /service:Operation/],
  ])('refuses the fault %s', (fail, rule) => {
    const text = `${minimal}aws: [{fail: '${fail}', error: ThrottlingException}]\n`;
    expect(() => parseScenario(text, 's.yaml')).toThrow(rule);
  });

  it('takes one power cut or several, half a second into the step', () => {
    const cuts = (yaml: string) => parseScenario(`${minimal}powerCut: ${yaml}\n`, 's.yaml').powerCut;
    expect(cuts('{during: extend}')).toEqual([{ during: 'extend', afterSeconds: 0.5 }]);
    expect(cuts('[{during: extend, afterSeconds: 2}, {during: reclaim}]')).toEqual([
      { during: 'extend', afterSeconds: 2 },
      { during: 'reclaim', afterSeconds: 0.5 },
    ]);
  });

  it.each([
    ['volume: {sizeGiB: 8}', /volume\.sizeGiB\n {2}must be more than the disk has/],
    [
      'volume: {modifications: [{hoursAgo: 7, state: optimizing}]}',
      /modifications\[0\]\.state[^]*raise optimizingSeconds/,
    ],
    ['volume: {modifications: [{hoursAgo: -1}]}', /hoursAgo/],
    ['events: {copies: 0}', /events\.copies/],
    ['powerCut: {during: "Extend root"}', /powerCut\.during/],
    ['powerCut: [{durin: extend}]', /powerCut\[0\]\.durin\n[^]*did you mean "during"\?/],

    ['later: [{afterHours: 0}]', /later\[0\]\.afterHours\n {2}must be more than 0/],
    ['later: [{afterHours: 1, untilThen: {verdict: silent}}]', /later\[0\]\.untilThen\.verdict/],
    ['later: [{afterHours: 1, waitFor: x}]', /waitFor/],
    ['meanwhile: [{during: approvePlan}]', /meanwhile\[0\][^]*needs .*an answer/],
    ['meanwhile: [{during: approvePlan, answer: perhaps}]', /meanwhile\[0\]\.answer/],
    ['pause: {until: tomorrow, why: x}', /pause\.until/],
    ['pause: {until: 2h}', /pause\.why/],
  ])('refuses %s', (yaml, rule) => {
    expect(() => parseScenario(`${minimal}${yaml}\n`, 's.yaml')).toThrow(rule);
  });

  it.each([
    ['node: {role: worker, rootFs: ext4, grownToGiB: 8}', /grownToGiB\n {2}must be more than diskGiB/],
    ['node: {role: worker, rootFs: ext4, grownToGiB: 65}', /grownToGiB/],
    ['node: {role: worker, rootFs: ext4, grownToGiB: 20}\nvolume: {sizeGiB: 20}', /volume\.sizeGiB/],
  ])('refuses a disk that would shrink: %s', (yaml, rule) => {
    expect(() => parseScenario(`${yaml}\nexpect: {verdict: healed}\n`, 's.yaml')).toThrow(rule);
  });

  it('refuses a pattern that is no regular expression', () => {
    const text = 'node: {role: worker, rootFs: ext4}\nexpect: {verdict: escalated, escalationSays: ["("]}\n';
    expect(() => parseScenario(text, 's.yaml')).toThrow(
      /escalationSays\[0\]\n {2}must be a regular expression/,
    );
  });

  it.each([
    [3, false],
    [4, true],
    [64, true],
    [65, false],
  ])('a disk of %d GiB: accepted %s', (diskGiB, accepted) => {
    const read = () =>
      parseScenario(
        `node: {role: worker, rootFs: xfs, diskGiB: ${diskGiB}}\nexpect: {verdict: healed}`,
        's.yaml',
      );
    if (accepted) expect(read().node.diskGiB).toBe(diskGiB);
    else expect(read).toThrow(/diskGiB/);
  });

  it('takes real Kubernetes where its node can have it, and is the quick lab’s where it does not say', () => {
    const quick = parseScenario(
      'node: {role: control-plane, rootFs: ext4}\nexpect: {verdict: healed}',
      's.yaml',
    );
    expect(quick.node.kubernetes).toBe('stand-in');
    expect(withRealKubernetes(quick)).toEqual({ ...quick, node: { ...quick.node, kubernetes: 'real' } });
    expect(() => withRealKubernetes(parseScenario(minimal, 's.yaml'))).toThrow(
      /s cannot have real Kubernetes \(--real\): real needs role control-plane and layout partition/,
    );
    expect(() =>
      parseScenario(
        'node: {role: control-plane, rootFs: ext4, layout: lvm, kubernetes: real}\nexpect: {verdict: healed}',
        's.yaml',
      ),
    ).toThrow(/real needs/);
  });

  it('names the scenarios that exist when asked for another', () => {
    expect(() => loadScenario('no-such-thing')).toThrow(
      /agent-dead, .*disk-full, .*throttled, .*worker-warning/,
    );
  });
});
