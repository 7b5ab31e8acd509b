import { isArray, own, ownObject, ownText, type Json } from '../json';
import type { Memo, RecursionGuard } from '../recursion-guard';
import type { Resolver } from '../resolver';
import type { Template } from '../template';

/** What a condition comes to, or why nobody knows before deployment. */
type Truth = boolean | { readonly why: string };

const unknownTruth = (why: string): Truth => ({ why });

/** `Conditions` of the templates. */
export class Conditions {
  private readonly memo: Memo<Truth> = new Map();

  constructor(
    private readonly resolver: Resolver,
    private readonly guard: RecursionGuard,
  ) {}

  named(template: Template, name: string): Truth {
    const json = own(ownObject(template.body, 'Conditions'), name);
    if (json === undefined) return unknownTruth(`there is no condition ${name}`);
    const work = (): Truth => this.truth(template, json);
    return this.guard.once(this.memo, template, `condition ${name}`, work, unknownTruth);
  }

  private truth(template: Template, json: Json): Truth {
    return this.guard.deeper('conditions', () => this.truthOf(template, json), unknownTruth);
  }

  private truthOf(template: Template, json: Json): Truth {
    const name = ownText(json, 'Condition');
    if (name !== undefined) return this.named(template, name);
    const equals = own(json, 'Fn::Equals');
    if (isArray(equals)) return this.equals(template, equals[0], equals[1]);
    const and = own(json, 'Fn::And');
    if (isArray(and)) return this.all(template, and, true);
    const or = own(json, 'Fn::Or');
    if (isArray(or)) return this.all(template, or, false);
    const not = own(json, 'Fn::Not');
    if (isArray(not) && not[0] !== undefined) {
      const truth = this.truth(template, not[0]);
      return typeof truth === 'boolean' ? !truth : truth;
    }
    return unknownTruth('a condition cannot be read');
  }

  /** And: one false decides. Or: one true decides. */
  private all(template: Template, parts: readonly Json[], and: boolean): Truth {
    const truths = parts.map((part) => this.truth(template, part));
    if (truths.includes(!and)) return !and;
    return truths.find((truth) => typeof truth !== 'boolean') ?? and;
  }

  private equals(template: Template, left: Json | undefined, right: Json | undefined): Truth {
    if (left === undefined || right === undefined) return unknownTruth('Fn::Equals has no two values');
    const [a, b] = [this.resolver.text(template, left), this.resolver.text(template, right)];
    const why = a.why ?? b.why ?? ((a.link ?? b.link) ? 'Fn::Equals compares a resource' : undefined);
    return why === undefined ? a.text === b.text : unknownTruth(why);
  }
}
