import { MAX_RESOLUTION_DEPTH } from './limits';
import type { Template } from './template';

/** What was worked out before, by template and by a key within it. */
export type Memo<T> = Map<Template, Map<string, T>>;

/** Ends every recursion through functions, conditions, outputs and nested stacks, however hostile the templates. */
export class RecursionGuard {
  /** What is being worked out, outermost first: for the name of a cycle. */
  private readonly open = new Set<string>();
  private depth = 0;

  /** One level deeper, up to {@link MAX_RESOLUTION_DEPTH}. @param what in the plural, for the reason */
  deeper<T>(what: string, work: () => T, tooDeep: (why: string) => T): T {
    if (this.depth >= MAX_RESOLUTION_DEPTH)
      return tooDeep(`${what} are nested more than ${MAX_RESOLUTION_DEPTH} deep`);
    this.depth++;
    try {
      return work();
    } finally {
      this.depth--;
    }
  }

  /** Keeps the answer, and names the cycle where it leads back to itself. */
  once<T>(memo: Memo<T>, template: Template, key: string, work: () => T, ofCycle: (why: string) => T): T {
    const answers = memo.get(template) ?? new Map<string, T>();
    memo.set(template, answers);
    const before = answers.get(key);
    if (before !== undefined) return before;
    const label = `${template.stackName}/${key}`;
    if (this.open.has(label)) return ofCycle(this.cycle(label));
    this.open.add(label);
    const answer = work();
    this.open.delete(label);
    // Also what a cycle cut short: without that, a few doubling conditions take for ever.
    answers.set(key, answer);
    return answer;
  }

  private cycle(label: string): string {
    const open = [...this.open];
    const names = open.slice(open.indexOf(label)).concat(label);
    return `a cycle: ${names.slice(0, 10).join(' → ')}`;
  }
}
