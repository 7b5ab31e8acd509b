/**
 * What only the node knows, or what must not be known earlier: bootstrap.sh puts it in. The API's address is here because it is
 * a CDK token, which nothing that is packed at synth can hold.
 */
export const PLACEHOLDERS = {
  nodeName: '@@NODE_NAME@@',
  nodeIp: '@@NODE_IP@@',
  /** `aws:///ZONE/INSTANCE_ID` */
  providerId: '@@PROVIDER_ID@@',
  token: '@@TOKEN@@',
  /** `sha256:HEX` */
  caCertHash: '@@CA_CERT_HASH@@',
  certificateKey: '@@CERTIFICATE_KEY@@',
  /** DNS name of the load balancer, without a port. */
  apiEndpoint: '@@API_ENDPOINT@@',
} as const;
