import { DOCUMENTS } from '../../lib/domain/names/naming';
import { documentFiles } from '../../lib/runbooks/document-source';
import {
  DOCUMENT_FILES,
  documentsOfSchema,
  referencesIn,
  rendered,
  stringsIn,
  unpacked,
} from './every-document';

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax.html: 64 KB a document. */
const MAX_DOCUMENT_BYTES = 64 * 1024;

/** Settings that are not numbers; the first is every script's, the others have the environment's own values as defaults. */
const TEXTS = ['DRY_RUN', 'ENVIRONMENT', 'BUCKET', 'BUCKET_OWNER'];

test('the folders hold the documents that naming.ts names, and no other file', () => {
  expect(documentFiles()).toEqual([...DOCUMENTS].sort());
});

describe.each(DOCUMENT_FILES)('%s', (name) => {
  const document = rendered(name);

  test('is smaller than SSM allows', () => {
    expect(Buffer.byteLength(JSON.stringify(document))).toBeLessThan(MAX_DOCUMENT_BYTES);
  });

  test('describes itself, its parameters in words with their default', () => {
    expect(document.description).toMatch(/^# Headroom: /);
    for (const parameter of Object.values(document.parameters)) {
      expect(parameter.description).toMatch(/Default|\(Required\)/);
    }
  });

  test('every String parameter has an anchored pattern that its default matches', () => {
    for (const parameter of Object.values(document.parameters)) {
      if (parameter.type !== 'String') continue;
      expect(parameter.allowedPattern).toMatch(/^\^.*\$$/);
      if (parameter.default !== undefined) {
        expect(parameter.default).toMatch(new RegExp(parameter.allowedPattern ?? '$^'));
      }
    }
  });

  test('no pattern lets a character through that a shell or JSON could misread', () => {
    for (const parameter of Object.values(document.parameters)) {
      const pattern = new RegExp(parameter.allowedPattern ?? '');
      for (const hostile of [
        '$(id)',
        '`id`',
        '75; id',
        '75\nid',
        "7'5",
        '7"5',
        '7\\5',
        '{{x}}',
        '75 | id',
        '75 && id',
      ]) {
        expect(pattern.test(hostile)).toBe(false);
      }
    }
  });

  test('step names are unique', () => {
    const names = document.mainSteps.map((step) => step.name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('has no braces but references', () => {
    const withoutReferences = stringsIn(document).map((text) =>
      text.replace(/\{\{\s*[A-Za-z][\w.:]*\s*\}\}/g, ''),
    );
    expect(withoutReferences.filter((text) => text.includes('{{'))).toEqual([]);
  });
});

describe.each(documentsOfSchema('2.2'))('Command document %s', (name) => {
  const document = rendered(name);
  const [step] = document.mainSteps;
  const lines = stringsIn(step?.inputs['runCommand']);

  test('has one Linux shell step with a time limit', () => {
    expect(document.mainSteps).toHaveLength(1);
    expect(step?.action).toBe('aws:runShellScript');
    expect(step?.precondition).toEqual({ StringEquals: ['platformType', 'Linux'] });
    expect(step?.inputs['timeoutSeconds']).toMatch(/^\d+$/);
  });

  test('parameters reach the script as environment variables, never as text', () => {
    for (const parameter of Object.values(document.parameters)) {
      expect(parameter.interpolationType).toBe('ENV_VAR');
      expect(parameter.default).toBeDefined();
    }
  });

  test('starts with the shebang, then exports each parameter once, then the script', () => {
    const parameters = Object.keys(document.parameters);
    expect(lines[0]).toBe('#!/usr/bin/env bash');
    const exports = lines.slice(1, 1 + parameters.length);
    expect(exports.every((line) => /^export HEADROOM_[A-Z_]+=\{\{ \w+ \}\}$/.test(line))).toBe(true);
    expect(referencesIn(exports)).toEqual(parameters);
    expect(lines[1 + parameters.length]).toBe('set -o errexit -o nounset -o pipefail');
    expect(lines.length).toBeGreaterThan(100);
  });

  test('the script reads the settings that are exported', () => {
    const script = unpacked(lines.filter((line) => !line.startsWith('export HEADROOM_')).join('\n'));
    const settings = lines.flatMap((line) => /^export HEADROOM_([A-Z_]+)=\{/.exec(line)?.[1] ?? []);
    for (const setting of settings) {
      const asText = TEXTS.includes(setting) ? `|\\$\\{HEADROOM_${setting}:-` : '';
      expect(script).toMatch(new RegExp(`^(text_)?setting ${setting} ${asText}`, 'm'));
    }
  });

  test('defaults are those of the script', () => {
    for (const line of lines) {
      const [, setting, parameter] = /^export HEADROOM_([A-Z_]+)=\{\{ (\w+) \}\}$/.exec(line) ?? [];
      if (setting === undefined || parameter === undefined || TEXTS.includes(setting)) continue;
      const inScript = new RegExp(
        `^setting ${setting} (\\d+) \\d+ \\d+$|^text_setting ${setting} (\\S+) ['"].*['"]$`,
        'm',
      ).exec(lines.join('\n'));
      expect(inScript?.[1] ?? inScript?.[2]).toBe(document.parameters[parameter]?.default);
    }
  });

  test('a value that the pattern lets through is in the range of the script', () => {
    for (const line of lines) {
      const [, setting, parameter] = /^export HEADROOM_([A-Z_]+)=\{\{ (\w+) \}\}$/.exec(line) ?? [];
      const range = new RegExp(`^setting ${setting} \\d+ (\\d+) (\\d+)$`, 'm').exec(lines.join('\n'));
      const pattern = new RegExp(document.parameters[parameter ?? '']?.allowedPattern ?? '$^');
      if (range === null) continue;
      const [low, high] = [Number(range[1]), Number(range[2])];
      const allowed = Array.from({ length: 70_000 }, (_, value) => value).filter((value) =>
        pattern.test(String(value)),
      );
      expect(allowed.length).toBeGreaterThan(0);
      expect(allowed.filter((value) => value < low || value > high)).toEqual([]);
    }
  });
});
