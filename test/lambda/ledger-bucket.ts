import { awsError, type Answers } from './fake-sdk';

/** The bounds of a function under test: wide enough to stand in no other test's way. */
export const setBounds = (bounds: object = {}): void => {
  process.env['HEADROOM_EVIDENCE_BUCKET_NAME'] = 'evidence';
  process.env['HEADROOM_EVIDENCE_BUCKET_OWNER'] = '111122223333';
  process.env['HEADROOM_HEALING_BOUNDS'] = JSON.stringify({
    ...{ growthGiB: 1_000, growthKey: 'growthGiBPerMonth', healingsPerNodePerDay: 24 },
    ...bounds,
  });
};

interface Stored {
  readonly text: string;
  readonly version: number;
}

/** A bucket that knows conditional writes. */
export const ledgerBucket = (objects: Readonly<Record<string, string>> = {}) => {
  const stored = new Map<string, Stored>(
    Object.entries(objects).map(([key, text]) => [key, { text, version: 1 }]),
  );
  const answers: Answers = {
    's3:GetObject': ({ Key }: { Key: string }) => {
      const found = stored.get(Key);
      if (found === undefined) throw awsError('NoSuchKey');
      return {
        ETag: `"${found.version}"`,
        Body: { transformToString: () => Promise.resolve(found.text) },
      };
    },
    's3:PutObject': (input: { Key: string; Body: string; IfMatch?: string; IfNoneMatch?: string }) => {
      const found = stored.get(input.Key);
      if (input.IfMatch !== undefined && found === undefined) throw awsError('NoSuchKey');
      const holds =
        input.IfMatch === undefined
          ? input.IfNoneMatch === '*' && found === undefined
          : input.IfMatch === `"${found?.version}"`;
      if (!holds) throw awsError('PreconditionFailed');
      stored.set(input.Key, { text: input.Body, version: (found?.version ?? 0) + 1 });
      return {};
    },
  };
  return { answers, stored };
};
