/** What EC2 says of an instance, as far as it decides whether Headroom can work on it. */
export interface InstanceKind {
  /** `windows` on Windows, otherwise absent. */
  readonly Platform?: string | undefined;
  /** Who manages it, where a service does. */
  readonly Operator?:
    { readonly Managed?: boolean | undefined; readonly Principal?: string | undefined } | undefined;
}

/**
 * Why Headroom cannot work on an instance; undefined: as far as EC2 knows, it can. Bottlerocket is seen only on the node.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html (platform, operator)
 * https://docs.aws.amazon.com/eks/latest/userguide/automode-learn-instances.html
 */
export const unsupportedInstance = ({ Platform, Operator }: InstanceKind): string | undefined => {
  if (Platform?.toLowerCase() === 'windows')
    return 'it runs Windows, which Headroom does not support: grow its volume and filesystem by hand';
  if (Operator?.Managed === true)
    return `${Operator.Principal ?? 'a service'} manages it (EKS Auto Mode does this): Headroom cannot change its disk or its agent; the service replaces the node instead`;
  return undefined;
};
