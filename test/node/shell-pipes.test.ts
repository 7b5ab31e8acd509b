import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const REPOSITORY = join(__dirname, '../..');
const scripts = ['lib', 'test'].flatMap((room) =>
  readdirSync(join(REPOSITORY, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sh'))
    .map((file) => join(room, file)),
);

/**
 * A reader that leaves early kills its writer by SIGPIPE, and with pipefail the pipe fails though the word was found: one run of
 * four on a busy machine (stand-in of systemctl into `grep --quiet`). Instead: `| sed -n 1p`, `grep --quiet WORD <<<"$text"`.
 */
const LEAVES_EARLY = /[^|]\| *(head\b|grep\b[^|]*( --quiet| -[a-zA-Z]*q| --max-count| -m))/;

test('there are scripts', () => expect(scripts.length).toBeGreaterThan(40));

test.each(scripts)('%s: no pipe ends in a reader that leaves early', (file) => {
  // A pipe may go on in the next line.
  const lines = readFileSync(join(REPOSITORY, file), 'utf8')
    .replace(/\|\s*\\?\n\s*/g, '| ')
    .split('\n');
  expect(lines.filter((line) => LEAVES_EARLY.test(line))).toEqual([]);
});
