import {
  CreateOpsItemCommand,
  GetOpsItemCommand,
  UpdateOpsItemCommand,
  type OpsItemDataValue,
} from '@aws-sdk/client-ssm';
import { means } from './errors';
import { call, type SdkClient } from './sdk';

export interface OpsItem {
  readonly title: string;
  readonly description: string;
  readonly dedupString: string;
  readonly severity: '1' | '2' | '3' | '4';
  /** ARN of the instance; undefined: account or region unknown. */
  readonly resourceArn: string | undefined;
  /** What the OpsItem remembers of its incident. */
  readonly incident: string;
}

/** The verbs of OpsCenter. */
export interface OpsItems {
  /** `exists`: one with this dedup string is open already; `id` undefined: OpsCenter did not say which. */
  createOpsItem(
    item: OpsItem,
  ): Promise<{ readonly outcome: 'created' | 'exists'; readonly id: string | undefined }>;
  /** undefined: it remembers nothing. */
  opsItemIncident(id: string): Promise<string | undefined>;
  updateOpsItem(id: string, item: OpsItem): Promise<void>;
}

/** Shown under the OpsItem's operational data; a key must not begin with `aws` or `/aws`. */
const INCIDENT = 'headroom-incident';

export const opsItems = (ssm: SdkClient): OpsItems => ({
  async createOpsItem(item) {
    try {
      const { OpsItemId } = await call(
        ssm,
        new CreateOpsItemCommand({
          Title: item.title,
          Description: item.description,
          Source: 'Headroom',
          Category: 'Availability',
          Severity: item.severity,
          OperationalData: {
            '/aws/dedup': searchable(JSON.stringify({ dedupString: item.dedupString })),
            ...dataOf(item),
          },
        }),
      );
      return { outcome: 'created', id: OpsItemId };
    } catch (error) {
      // The node's earlier incident is still open: one OpsItem a node is what we want.
      if (!means(error, 'opsItemOpen')) throw error;
      return { outcome: 'exists', id: (error as { readonly OpsItemId?: string }).OpsItemId };
    }
  },

  async opsItemIncident(id) {
    const { OpsItem } = await call(ssm, new GetOpsItemCommand({ OpsItemId: id }));
    return OpsItem?.OperationalData?.[INCIDENT]?.Value;
  },

  async updateOpsItem(id, item) {
    // Without `/aws/dedup`: the data that is not named stays as it is.
    await call(
      ssm,
      new UpdateOpsItemCommand({
        OpsItemId: id,
        Title: item.title,
        Description: item.description,
        Severity: item.severity,
        OperationalData: dataOf(item),
      }),
    );
  },
});

const searchable = (Value: string): OpsItemDataValue => ({ Type: 'SearchableString', Value });

const dataOf = ({ incident, resourceArn }: OpsItem): Record<string, OpsItemDataValue> => ({
  [INCIDENT]: { Type: 'String', Value: incident },
  ...(resourceArn !== undefined && {
    '/aws/resources': searchable(JSON.stringify([{ arn: resourceArn }])),
  }),
});
