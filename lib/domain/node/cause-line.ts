import { plainText } from '../messages/plain-text';

/** What says why, from the plainest to the vaguest. */
const CAUSES: readonly RegExp[] = [
  /no space left on device|read-only file system|input\/output error|structure needs cleaning|disk quota exceeded/i,
  /\berr="|\bpanic:|\bfatal\b/i,
  /\berror\b|\bfailed\b|\bfailure\b|\bcannot\b|\brefused\b|\bdenied\b|\bexceeded\b|\bunexpected\b/i,
];

/** What Python prints before the exception itself: the places in the code, which say nothing to an operator. */
const TRACEBACK =
  /Traceback \(most recent call last\):(?:(?!\n[\w.]*(?:Exception|Error)\b)[^])*\n(?=[\w.]*(?:Exception|Error)\b)/g;

/**
 * The part of a text that says why something failed, at most `length` characters: a short text whole; of a longer one the
 * line with the cause, the last where several have one; of a longer line what stands around the cause. Neither the first
 * characters nor the last line are the cause: klog ends a line with it, growpart follows it with its clean-up. Python's
 * traceback is left out. The text may be a node's: what is returned is plain, one line in which nothing acts.
 */
export const causeIn = (text: string, length: number): string => plainText(chosen(text, length), length);

const chosen = (text: string, length: number): string => {
  const whole = text.replace(TRACEBACK, '').trim();
  if (whole.length <= length) return whole;
  const lines = whole.split(/\r?\n/).map((line) => line.trim());
  for (const cause of CAUSES) {
    const line = lines.findLast((each) => cause.test(each));
    if (line !== undefined) return around(line, cause.exec(line)?.index ?? 0, length);
  }
  return around(whole.replace(/\s+/g, ' '), 0, length);
};

/** A little of what comes before the place, and what follows. */
const around = (line: string, place: number, length: number): string => {
  if (line.length <= length) return line;
  const room = length - 4;
  const from = Math.max(0, Math.min(place - Math.floor(room / 4), line.length - room));
  const [head, tail] = [from > 0 ? '… ' : '', from + room < line.length ? ' …' : ''];
  return `${head}${line.slice(from, from + room)}${tail}`;
};
