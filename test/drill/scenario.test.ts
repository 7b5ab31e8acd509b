import { loadScenario, parseScenario, ScenarioError, shippedScenarios } from '../../lib/drill/scenario';

const minimal = 'node: {role: worker, rootFs: ext4}\nexpect: {verdict: healed}\n';

describe('scenarios', () => {
  it.each(shippedScenarios())('%s, as shipped, is valid and has a title', (name) => {
    const scenario = loadScenario(name);
    expect(scenario.name).toBe(name);
    expect(scenario.title).toMatch(/\w/);
  });

  it('fills in what is left out', () => {
    const scenario = parseScenario(minimal, '/some/where/mine.yaml');
    expect(scenario).toMatchObject({
      name: 'mine',
      node: { diskGiB: 8, partitioned: true },
      before: [],
      aws: [],
      expect: { steps: {}, node: [] },
    });
  });

  it('lists every mistake with its line and place', () => {
    const text = 'node: {role: king, rootFs: ext4}\nbefor: [x]\nexpect:\n  verdict: fine\n';
    const read = () => parseScenario(text, 's.yaml');
    expect(read).toThrow(ScenarioError);
    expect(read).toThrow(/s\.yaml:1: node\.role/);
    expect(read).toThrow(/s\.yaml:4: expect\.verdict/);
    expect(read).toThrow(/befor/);
  });

  it.each([
    ['ssm.SendCommand', /service:Operation/],
    ['SendCommand', /service:Operation/],
  ])('refuses the fault %s', (fail, rule) => {
    const text = `${minimal}aws: [{fail: '${fail}', error: ThrottlingException}]\n`;
    expect(() => parseScenario(text, 's.yaml')).toThrow(rule);
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

  it('names the scenarios that exist when asked for another', () => {
    expect(() => loadScenario('no-such-thing')).toThrow(/agent-dead, disk-full, .*throttled, worker-warning/);
  });
});
