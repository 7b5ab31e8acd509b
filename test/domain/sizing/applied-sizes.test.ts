import fc from 'fast-check';
import {
  created,
  deleted,
  readAppliedSizes,
  refusals,
  resourceIdOf,
  updated,
  type AppliedSizes,
  type Sizes,
} from '../../../lib/domain/sizing/applied-sizes';

const deployment = (sizeGiB: number) => {
  const sizes = { 'control-plane': sizeGiB };
  return { resourceId: resourceIdOf('prod', sizes), sizes };
};

/** What CloudFormation does with the resource, and the function with its record. */
class Deploys {
  record: AppliedSizes | undefined;
  /** Of the resource; the stack's own properties. */
  current: { readonly resourceId: string; readonly sizes: Sizes };

  constructor(sizes: Sizes) {
    this.current = { resourceId: resourceIdOf('prod', sizes), sizes };
    this.record = created(this.current);
  }

  /** @returns whether the function took it */
  private update(sizes: Sizes): boolean {
    if (refusals(this.record, sizes).length > 0) return false;
    const next = { resourceId: resourceIdOf('prod', sizes), sizes };
    this.record = updated(this.record, this.current.resourceId, next);
    this.current = next;
    return true;
  }

  private cleanUp(resourceId: string): void {
    if (resourceId === this.current.resourceId) return;
    const left = deleted(this.record, resourceId);
    this.record = left === 'gone' ? undefined : left;
  }

  /** @param fails another resource of the stack does, after this one. @param told whether the rollback calls this one */
  deploy(sizes: Sizes, fails: boolean, told: boolean): 'done' | 'rolled back' | 'stuck' {
    const before = this.current;
    const taken = this.update(sizes);
    if (taken && !fails) {
      this.cleanUp(before.resourceId);
      return 'done';
    }
    const replaced = this.current;
    // CloudFormation updates the resource back, or only takes up the old one again.
    if (told || !taken) {
      if (!this.update(before.sizes)) return 'stuck';
    } else this.current = before;
    this.cleanUp(replaced.resourceId);
    return 'rolled back';
  }
}

const GIB = fc.integer({ min: 20, max: 24 });
const sizesOf = fc.record({ 'control-plane': GIB, general: GIB }, { requiredKeys: ['control-plane'] });

test('never blocks a rollback, whatever was deployed before and wherever it failed', () => {
  fc.assert(
    fc.property(
      sizesOf,
      fc.array(fc.tuple(sizesOf, fc.boolean(), fc.boolean()), { maxLength: 8 }),
      (first, deploys) => {
        const stack = new Deploys(first);
        let applied: Sizes = first;
        for (const [sizes, fails, told] of deploys) {
          const smaller = Object.entries(sizes).some(
            ([group, gib]) => gib < ((applied as Record<string, number>)[group] ?? 0),
          );
          const came = stack.deploy(sizes, fails, told);
          expect(came).toBe(smaller || fails ? 'rolled back' : 'done');
          if (came === 'done') applied = sizes;
          expect(stack.current.sizes).toEqual(applied);
          expect(stack.record?.applied.sizes).toEqual(applied);
        }
        expect(deleted(stack.record, stack.current.resourceId)).toBe('gone');
      },
    ),
    { numRuns: 2_000 },
  );
});

test.each([
  [39, 1],
  [40, 0],
  [41, 0],
])('after 40, %d is refused %d times', (found, times) => {
  const refused = refusals(created(deployment(40)), deployment(found).sizes);
  expect(refused).toHaveLength(times);
  if (times > 0) expect(refused).toEqual([{ nodeGroup: 'control-plane', appliedGiB: 40, foundGiB: 39 }]);
});

test('refuses nothing for a new group, a name that every object has, or a missing record', () => {
  expect(refusals(created(deployment(40)), { general: 20, constructor: 20 })).toEqual([]);
  expect(refusals(undefined, { 'control-plane': 20 })).toEqual([]);
});

test('refuses neither the next deploy nor its rollback after the record was deleted by hand', () => {
  const record = updated(undefined, deployment(40).resourceId, deployment(20));
  expect(refusals(record, deployment(40).sizes)).toEqual([]);
  expect(refusals(record, deployment(10).sizes)).toEqual([]);
  expect(deleted(record, deployment(40).resourceId)).toEqual(created(deployment(20)));
});

test('ignores the deletion of another resource', () => {
  const record = created(deployment(40));
  expect(deleted(record, 'headroom-prod-declared-sizes-0')).toBe(record);
});

test('gives the same sizes the same id, whatever their order', () => {
  expect(resourceIdOf('prod', { a: 1, b: 2 })).toBe(resourceIdOf('prod', { b: 2, a: 1 }));
  expect(resourceIdOf('prod', { a: 1, b: 2 })).not.toBe(resourceIdOf('prod', { a: 2, b: 1 }));
  expect(resourceIdOf('prod', { a: 1 })).toMatch(/^headroom-prod-declared-sizes-[0-9a-f]{12}$/);
});

test('reads nothing from a text that is not a record', () => {
  const record = updated(created(deployment(20)), 'x', deployment(40));
  expect(readAppliedSizes(JSON.stringify(record))).toEqual(record);
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '{"applied":{}}',
    '{"applied":{"resourceId":"a","sizes":{"g":"x"}}}',
  ])
    expect(readAppliedSizes(text)).toBeUndefined();
});
