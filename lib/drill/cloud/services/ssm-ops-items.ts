import { AwsError } from '../aws-error';
import type { Clock } from '../clock';
import { fields, optional, parseJson, text, type Fields } from '../fields';
import { shortHash } from '../ids';
import type { Service } from '../local-aws';
import type { Place } from '../physical-ids';
import { serviceArn } from './access';

/** An OpsItem that a person would see. */
export interface OpsItem {
  readonly id: string;
  readonly createdAt: Date;
  readonly title: string;
  readonly source: string;
  readonly description: string;
  readonly severity: string | undefined;
  readonly operationalData: Fields;
}

const LIMITS = { Title: 1024, Source: 128, Description: 2048 } as const;
const DEDUPLICATION_KEY = '/aws/dedup';

function deduplication(operationalData: Fields): string | undefined {
  const entry = operationalData[DEDUPLICATION_KEY];
  if (entry === undefined) return undefined;
  const value = text(fields(entry, DEDUPLICATION_KEY).Value, `${DEDUPLICATION_KEY} Value`);
  return text(fields(parseJson(value, DEDUPLICATION_KEY), DEDUPLICATION_KEY).dedupString, 'dedupString');
}

function checkLimits(input: Fields): void {
  for (const [name, most] of Object.entries(LIMITS)) {
    const { length } = text(input[name], name);
    if (length < 1 || length > most) {
      throw new AwsError(
        'OpsItemInvalidParameterException',
        `${name} must be 1 to ${most} characters, got ${length}`,
      );
    }
  }
  const severity = optional(input.Severity, 'Severity', text, '1');
  if (!/^[1-4]$/.test(severity))
    throw new AwsError('OpsItemInvalidParameterException', 'Severity must be 1 to 4');
}

export function opsItemOperations(
  clock: Clock,
  place: Place,
  items: OpsItem[],
  sink: (item: OpsItem) => void,
): Service {
  return {
    CreateOpsItem: {
      input: {
        Title: 'string!',
        Source: 'string!',
        Description: 'string!',
        OpsItemType: 'string',
        OperationalData: 'map',
        Notifications: 'list',
        Priority: 'number',
        RelatedOpsItems: 'list',
        Tags: 'list',
        Category: 'string',
        Severity: 'string',
      },
      // Tags on a new OpsItem need their own permission.
      access: (input) => [
        { action: 'ssm:CreateOpsItem', resource: serviceArn(place, 'ssm', 'opsitem/*'), context: {} },
        ...(input.Tags === undefined
          ? []
          : [
              {
                action: 'ssm:AddTagsToResource',
                resource: serviceArn(place, 'ssm', 'opsitem/*'),
                context: {},
              },
            ]),
      ],
      run: (input) => {
        checkLimits(input);
        const operationalData = optional(input.OperationalData, 'OperationalData', fields, {});
        const key = deduplication(operationalData);
        const existing =
          key === undefined ? undefined : items.find((item) => deduplication(item.operationalData) === key);
        if (existing) {
          throw new AwsError('OpsItemAlreadyExistsException', 'The OpsItem already exists.', {
            members: { OpsItemId: existing.id },
          });
        }
        const item: OpsItem = {
          id: `oi-${shortHash(`${items.length}/${clock.now().toISOString()}`, 12)}`,
          createdAt: clock.now(),
          title: text(input.Title, 'Title'),
          source: text(input.Source, 'Source'),
          description: text(input.Description, 'Description'),
          severity: optional(input.Severity, 'Severity', text, undefined),
          operationalData,
        };
        items.push(item);
        sink(item);
        return { OpsItemId: item.id, OpsItemArn: serviceArn(place, 'ssm', `opsitem/${item.id}`) };
      },
    },
  };
}
