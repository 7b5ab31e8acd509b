import { join } from 'node:path';
import { chooseEnvironment } from '../../bin/choose-environment';
import { parseScenario } from '../../lib/drill/scenario';

const ROOT = join(__dirname, '..', '..');
const chosen = (yaml: string) =>
  chooseEnvironment(
    parseScenario(`node: {role: worker, rootFs: ext4}\nexpect: {verdict: healed}\n${yaml}`, 's.yaml'),
    ROOT,
  );

describe('the environment of a drill', () => {
  it('is the file as it is where the scenario says nothing of healing', () => {
    expect(chosen('').text).toBeUndefined();
  });

  it("has the scenario's healing, and all the rest of its file", () => {
    const { name, text, environment } = chosen('healing: {modes: {default: observe}}');
    const plain = chosen('');
    expect(name).toBe(plain.name);
    expect(environment).toEqual({
      ...plain.environment,
      healing: { modes: { default: 'observe' }, snapshotBeforeFirstGrowth: false },
    });
    expect(text).toContain('observe');
  });

  it('is refused by the rules of the file', () => {
    expect(() => chosen('healing: {modes: {default: watch}}')).toThrow(
      /with healing of s.*healing\.modes\.default/s,
    );
    expect(() => chosen('healing: {modes: {default: ask}}')).toThrow(/healing\.approvers/);
  });
});
