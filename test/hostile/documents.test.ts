import fc from 'fast-check';
import { documentParameters } from '../../packages/local-aws/src';
import { document } from '../../packages/local-aws/test/support/resources';
import { DOCUMENT_FILES, rendered } from '../runbooks/every-document';
import { HOSTILE_TEXTS, SHELL } from './values';

const PARAMETERS = DOCUMENT_FILES.flatMap((base) =>
  Object.entries(rendered(base).parameters)
    .filter(([, { type }]) => type === 'String')
    .map(([parameter, { allowedPattern = '' }]) => ({ base, parameter, allowedPattern })),
);
/** Optional parameters take their own absence, and a name for the record may have a space. */
const HARMLESS = ['', ' '];

/** Parameters that are the name of something. */
const NAMES = ['Environment', 'NodeGroup', 'Bucket', 'AutoScalingGroupName', 'LifecycleHookName'];

test('there are parameters to look at', () => {
  expect(PARAMETERS.length).toBeGreaterThan(8);
});

describe.each(PARAMETERS)('$base: $parameter', ({ base, parameter, allowedPattern }) => {
  const known = document(base, rendered(base).schemaVersion === '0.3' ? 'Automation' : 'Command', {
    ...rendered(base),
  });
  const taken = (value: string): boolean => {
    const answer = documentParameters(known, { [parameter]: [value] });
    return !('wrong' in answer) || !answer.wrong.some((what) => what.startsWith(parameter));
  };
  const isHarmless = (text: string): boolean =>
    HARMLESS.includes(text) ||
    // A plain word may be a name; names are only compared, or handed to AWS as they are.
    (NAMES.includes(parameter) && /^[\w-]{1,32}$/.test(text)) ||
    // So may a list of them, which nothing is run for.
    (parameter === 'KeepImages' && /^[\w-]{1,32}(,[\w-]{1,32})*$/.test(text)) ||
    (!SHELL.test(text) && parameter === 'Trigger' && /^[ -~]{0,200}$/.test(text));

  test('takes no hostile text, and the refusal names it', () => {
    for (const text of HOSTILE_TEXTS.filter((each) => !isHarmless(each))) {
      expect([text.slice(0, 40), taken(text)]).toEqual([text.slice(0, 40), false]);
      expect(documentParameters(known, { [parameter]: [text] })).toMatchObject({
        wrong: expect.arrayContaining([expect.stringContaining(parameter)]) as unknown,
      });
    }
  });

  test('takes only texts without a character that a shell, a template or JSON reads', () => {
    fc.assert(
      fc.property(fc.stringMatching(new RegExp(allowedPattern)), (text) => {
        expect(text).not.toMatch(SHELL);
      }),
    );
  });

  test('takes no good text with a hostile one before, in or behind it', () => {
    const bad = fc.constantFrom(
      '$(id)',
      '`id`',
      ';id',
      '|id',
      '&id',
      '\nid',
      "'",
      '"',
      '\\',
      '{{x}}',
      '\u0000',
    );
    fc.assert(
      fc.property(
        fc.stringMatching(new RegExp(allowedPattern)),
        bad,
        fc.nat(),
        (text, inserted, position) => {
          const at = position % (text.length + 1);
          expect(taken(`${text.slice(0, at)}${inserted}${text.slice(at)}`)).toBe(false);
        },
      ),
    );
  });
});
