import fc from 'fast-check';
import { nodeFilePath } from '../../lib/node/node-files';
import { run } from './run-script';

/** Calls `json_string` with bytes that come from a file descriptor, since an argument of Node must be UTF-8. */
const jsonStrings = async (values: readonly Buffer[], limit: number): Promise<string[]> => {
  const octal = values.map((value) =>
    [...value].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  );
  const script = `source "$0"; SCRIPT_NAME=t; limit=$1; shift; for v; do json_string "$(printf "$v.")" "$limit" >&3; echo >&3; done`;
  const { stdout, stderr, exitCode } = await run('bash', [
    '-c',
    script.replace('"$(printf "$v.")"', '"$(printf "$v")"'),
    nodeFilePath('common.sh'),
    String(limit),
    ...octal,
  ]);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.split('\n').slice(0, -1);
};

const one = async (text: string | Buffer, limit = 120): Promise<unknown> => {
  const [line] = await jsonStrings([Buffer.from(text)], limit);
  return JSON.parse(line ?? '');
};

test.each([
  ['plain', '/var/log/syslog', '/var/log/syslog'],
  ['quotes and backslashes', 'a"b\\c', 'a"b\\c'],
  ['a line break', 'a\nb\tc', 'a b c'],
  ['control characters', 'a\u0001b\u007fc\u001b[31m', 'a?b?c?[31m'],
  ['umlauts, CJK and emoji stay', 'größe 容量 💾', 'größe 容量 💾'],
  ['a byte that is not UTF-8', Buffer.from([0x61, 0xff, 0x62]), 'a?b'],
  ['a cut sequence', Buffer.from([0x61, 0xe5, 0xae]), 'a??'],
  ['an overlong sequence', Buffer.from([0xc0, 0xaf]), '??'],
  ['a surrogate', Buffer.from([0xed, 0xa0, 0x80]), '???'],
  ['dollar and backtick', '$(id)`id`', '$(id)`id`'],
  ['empty', '', ''],
])('%s', async (_, text, expected) => expect(await one(text)).toBe(expected));

test.each([
  ['exactly the limit', 'x'.repeat(20), 'x'.repeat(20)],
  ['one more', 'x'.repeat(21), `${'x'.repeat(17)}...`],
  ['quotes count twice', '"'.repeat(20), `${'"'.repeat(8)}...`],
  ['no character is cut in half', '容'.repeat(20), `${'容'.repeat(5)}...`],
])('limit 20: %s', async (_, text, expected) => expect(await one(text, 20)).toBe(expected));

test('any bytes make valid JSON within the limit', async () => {
  // No NUL: a shell has none, nor has a file name. No trailing line break: $(...) drops it.
  const bytes = fc.uint8Array({ min: 1, max: 255, maxLength: 80 }).map((array) => Buffer.from(array));
  const samples = fc.sample(bytes, { numRuns: 300, seed: 7 });
  const lines = await jsonStrings(samples, 30);
  expect(lines).toHaveLength(samples.length);
  for (const line of lines) {
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(32);
    expect(typeof JSON.parse(line)).toBe('string');
    expect(line).not.toContain('\uFFFD');
  }
});
