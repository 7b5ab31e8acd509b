import { errorName } from '../../../src/values/fields';
import type { ContractCase, Outcome, World } from './world';

/** Runs a case in a world of its own and holds what came out against what should. */
export async function holds(each: ContractCase, wanted: Outcome, world: World): Promise<void> {
  await each.arrange?.(world);
  const outcome = await each.call(world).then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error: errorName(error), thrown: error }),
  );
  if ('fails' in wanted) expect(outcome).toMatchObject({ error: wanted.fails });
  else expect(outcome).toMatchObject({ answer: wanted.answers(world) });
}
