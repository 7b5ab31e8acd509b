import { INSTALLED_FILES, nodeFile, renderScript, scriptNames } from '../../lib/node/node-files';
import { placeholderNames, renderDocument } from '../../lib/runbooks/document-source';
import { DOCUMENT_FILES, PLACEHOLDERS, unpacked, type Step } from './every-document';

const reclaimParameters = (document: object): unknown =>
  (document as { mainSteps: Step[] }).mainSteps.find(({ name }) => name === 'reclaim')?.inputs['Parameters'];

describe('placeholders', () => {
  test('a string that is nothing but one placeholder becomes the value itself', () => {
    const token = { Ref: 'Role' };
    const document = renderDocument('HealNode', { ...PLACEHOLDERS, AutomationRoleArn: token });
    expect(document).toHaveProperty('assumeRole', token);
  });

  test('a number becomes text where Run Command wants text', () => {
    const document = renderDocument('HealNode', { ...PLACEHOLDERS, TargetPercent: 66 });
    expect(reclaimParameters(document)).toEqual({ TargetPercent: ['66'] });
  });

  test('a token there stays a token', () => {
    const token = { Ref: 'Percent' };
    const document = renderDocument('HealNode', { ...PLACEHOLDERS, TargetPercent: token });
    expect(reclaimParameters(document)).toEqual({ TargetPercent: [token] });
  });

  test.each(DOCUMENT_FILES)('%s: each one that it uses must be given', (base) => {
    for (const name of placeholderNames(base)) {
      const { [name]: left, ...others } = PLACEHOLDERS;
      expect(left).toBeDefined();
      expect(() => renderDocument(base, others)).toThrow(
        `${base}.yaml uses {{{${name}}}}, but no value is given`,
      );
    }
  });

  test('one that no document knows is a mistake', () => {
    expect(() => renderDocument('HealNode', { ...PLACEHOLDERS, TargetPercnt: 75 })).toThrow(
      'unknown placeholder "TargetPercnt" for HealNode; there are AgentKeepHours, Approvers, AskSeconds, AutomationRoleArn, ',
    );
  });

  test('nothing of them is left over', () => {
    for (const base of DOCUMENT_FILES)
      expect(JSON.stringify(renderDocument(base, PLACEHOLDERS))).not.toContain('{{{');
  });
});

describe('scripts', () => {
  test.each(scriptNames())('%s is rendered whole, without what only a reader needs', (name) => {
    const carried = /<<'HEADROOM_FILE'.*\n[^]*?\nHEADROOM_FILE$/gm;
    const lines = renderScript(name).replace(carried, '').split('\n');
    expect(lines.filter((line) => /^\s*(#|$)/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.includes('headroom:include'))).toEqual([]);
  });

  test.each([
    'assess-node.sh',
    'reclaim-disk.sh',
    'extend-root.sh',
    'restart-kubelet.sh',
    'verify-node.sh',
    'cordon-drain-node.sh',
  ])('%s carries the shared functions', (name) =>
    expect(renderScript(name)).toContain('\nemit_result() {\n'),
  );

  test.each(['guard.sh', 'boot-extend.sh'])('%s stands alone and fits into user data', (name) => {
    const text = renderScript(name);
    expect(text).not.toMatch(/^source /m);
    expect(Buffer.byteLength(text)).toBeLessThan(6 * 1024);
  });

  test.each(INSTALLED_FILES)(
    'prepare-node.sh carries %s as it is, once, to one place on the node',
    (name) => {
      const text = unpacked(renderScript('prepare-node.sh'));
      const unpacking = "base64 --decode <<'HEADROOM_FILE' | gzip --decompress";
      expect(text.split(`\n${name})\n${unpacking}\n${nodeFile(name)}\nHEADROOM_FILE\n;;\n`)).toHaveLength(2);
      expect(text.match(new RegExp(`^ {2}"\\$[A-Z]+/${name} 0[67][45][45] node_file"$`, 'gm'))).toHaveLength(
        1,
      );
    },
  );

  test('one that does not exist is a mistake', () => {
    expect(() => renderScript('reclaim.sh')).toThrow(
      'unknown script "reclaim.sh"; there are assess-node.sh, ',
    );
  });
});
