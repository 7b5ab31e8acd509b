import { agentOutput } from '../src/agent/agent-output';

const TITLE = '\n----------ERROR-------\n';
const CUT = '\n---Output truncated---';
const ERROR_CUT = '\n---Error truncated----';

/** Bytes of stdout and of stderr that are left, by what a real agent was seen to do. */
test.each([
  // stdout alone
  [0, 0, 0, 0],
  [2_499, 0, 2_499, 0],
  [2_500, 0, 2_477, 0],
  [30_000, 0, 2_477, 0],
  // together below 2,476: whole
  [2_474, 1, 2_474, 1],
  [1, 2_474, 1, 2_474],
  // stdout of at most 1,238: whole, stderr is cut
  [1, 2_475, 1, 2_452],
  [1_238, 1_238, 1_238, 1_215],
  [1_200, 9_000, 1_200, 1_253],
  // both longer: half each
  [1_239, 1_239, 1_215, 1_215],
  [1_472, 2_433, 1_215, 1_215],
  // stderr of at most 1,238: whole, stdout is cut
  [2_475, 1, 2_452, 1],
  [1_239, 1_238, 1_215, 1_238],
  [1_999, 600, 1_853, 600],
])('stdout of %d bytes and stderr of %d: %d and %d are left', (stdout, stderr, out, error) => {
  const expected =
    'o'.repeat(out) +
    (out < stdout ? CUT : '') +
    (stderr > 0 ? TITLE : '') +
    'e'.repeat(error) +
    (error < stderr ? ERROR_CUT : '');
  expect(agentOutput('o'.repeat(stdout), 'e'.repeat(stderr))).toBe(expected);
});

test('counts bytes, and can split a character', () => {
  const said = agentOutput('ä'.repeat(1_300), '');
  expect(said).toBe(`${'ä'.repeat(1_238)}\uFFFD${CUT}`);
});
