/** What a scanner says of a resource. */
export interface Finding {
  /** e.g. `CKV_AWS_18` or `sqs_dlq_check`. */
  readonly rule: string;
  /** Type and logical id, e.g. `AWS::S3::Bucket.Evidence4CC26D68`. */
  readonly resource: string;
}

/** A finding that stays, and why. */
export interface Acknowledged {
  readonly rule: string;
  /** Of type and logical id. */
  readonly on: RegExp;
  readonly because: string;
}

/** Findings that not exactly one acknowledgement is of, and the rules of those that are of none. */
export const judged = (findings: readonly Finding[], all: readonly Acknowledged[]) => {
  const own = ({ rule, resource }: Finding) =>
    all.filter((each) => each.rule === rule && each.on.test(resource));
  const used = new Set(findings.flatMap(own));
  return {
    open: findings.filter((finding) => own(finding).length !== 1),
    unused: all.filter((each) => !used.has(each)).map(({ rule }) => rule),
  };
};

export const NOTHING = { open: [], unused: [] };
