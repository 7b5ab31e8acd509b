import { AwsError } from '../api/aws-error';
import type { Clock } from '../time/clock';
import { fields, optional, parseJson, text, type Fields } from '../values/fields';
import { shortHash } from '../values/ids';
import type { Service } from '../api/local-aws';
import type { Place } from '../template/physical-ids';
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
  readonly status: string;
  readonly updatedAt: Date;
}

const LIMITS = { Title: 1024, Source: 128, Description: 2048 } as const;
const DEDUPLICATION_KEY = '/aws/dedup';
/** AWS's own keys that callers may set. */
const RESERVED_KEYS = [DEDUPLICATION_KEY, '/aws/resources'];

function deduplication(operationalData: Fields): string | undefined {
  const entry = operationalData[DEDUPLICATION_KEY];
  if (entry === undefined) return undefined;
  const value = text(fields(entry, DEDUPLICATION_KEY).Value, `${DEDUPLICATION_KEY} Value`);
  return text(fields(parseJson(value, DEDUPLICATION_KEY), DEDUPLICATION_KEY).dedupString, 'dedupString');
}

/** Only these are open: a new incident after the end of one gets an OpsItem of its own. */
const OPEN = ['Open', 'InProgress'];
const STATUSES = [...OPEN, 'Resolved'];

function checkLimits(input: Fields, given: (name: string) => boolean): void {
  for (const [name, most] of Object.entries(LIMITS).filter(([name]) => given(name))) {
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

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/OpsCenter-manually-create-OpsItems.html */
function checkedData(data: Fields): Fields {
  for (const [key, entry] of Object.entries(data)) {
    const reserved = /^\/?(amazon|aws|amzn|ssm)/i.test(key) && !RESERVED_KEYS.includes(key);
    const type = text(fields(entry, key).Type, `${key} Type`);
    if (reserved || !['String', 'SearchableString'].includes(type)) {
      throw new AwsError('OpsItemInvalidParameterException', `OperationalData ${key} is not allowed`);
    }
  }
  const size = Buffer.byteLength(JSON.stringify(data));
  if (size > 20_480) throw new AwsError('OpsItemLimitExceededException', `OperationalData has ${size} bytes`);
  return data;
}

export function opsItemOperations(
  clock: Clock,
  place: Place,
  items: OpsItem[],
  sink: (item: OpsItem) => void,
): Service {
  const indexOf = (input: Fields): number => {
    const id = text(input.OpsItemId, 'OpsItemId');
    const index = items.findIndex((item) => item.id === id);
    if (index < 0) throw new AwsError('OpsItemNotFoundException', `OpsItem ${id} not found`);
    return index;
  };
  const onItem = (action: string) => (input: Fields) => [
    {
      action,
      resource: serviceArn(place, 'ssm', `opsitem/${text(input.OpsItemId, 'OpsItemId')}`),
      context: {},
    },
  ];
  return {
    GetOpsItem: {
      input: { OpsItemId: 'string!', OpsItemArn: 'string' },
      access: onItem('ssm:GetOpsItem'),
      run: (input) => {
        const item = items[indexOf(input)];
        return {
          OpsItem: {
            OpsItemId: item?.id,
            Title: item?.title,
            Description: item?.description,
            Source: item?.source,
            Severity: item?.severity,
            Status: item?.status,
            OperationalData: item?.operationalData,
            CreatedTime: item?.createdAt,
            LastModifiedTime: item?.updatedAt,
          },
        };
      },
    },
    UpdateOpsItem: {
      input: {
        OpsItemId: 'string!',
        Title: 'string',
        Description: 'string',
        OperationalData: 'map',
        OperationalDataToDelete: 'list',
        Status: 'string',
        Priority: 'number',
        Category: 'string',
        Severity: 'string',
      },
      access: onItem('ssm:UpdateOpsItem'),
      run: (input) => {
        const index = indexOf(input);
        const item = items[index] as OpsItem;
        checkLimits(input, (name) => input[name] !== undefined);
        const status = optional(input.Status, 'Status', text, item.status);
        if (!STATUSES.includes(status))
          throw new AwsError('OpsItemInvalidParameterException', `unknown Status ${status}`);
        const given = optional(input.OperationalData, 'OperationalData', fields, {});
        items[index] = {
          ...item,
          title: optional(input.Title, 'Title', text, item.title),
          description: optional(input.Description, 'Description', text, item.description),
          severity: optional(input.Severity, 'Severity', text, item.severity),
          operationalData: checkedData({ ...item.operationalData, ...given }),
          status,
          updatedAt: clock.now(),
        };
        return {};
      },
    },
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
        checkLimits(input, () => true);
        const operationalData = optional(input.OperationalData, 'OperationalData', fields, {});
        const key = deduplication(operationalData);
        const existing =
          key === undefined
            ? undefined
            : items.find((item) => OPEN.includes(item.status) && deduplication(item.operationalData) === key);
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
          operationalData: checkedData(operationalData),
          status: 'Open',
          updatedAt: clock.now(),
        };
        items.push(item);
        sink(item);
        return { OpsItemId: item.id, OpsItemArn: serviceArn(place, 'ssm', `opsitem/${item.id}`) };
      },
    },
  };
}
