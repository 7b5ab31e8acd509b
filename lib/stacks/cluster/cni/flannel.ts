import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The manifest of flannel, Headroom's own pod network, as it is applied.
 * @param podCidr the cluster's pod range, of which the controller manager gives each node a part
 */
export const flannelManifest = (podCidr: string): string =>
  readFileSync(join(__dirname, 'flannel.yaml'), 'utf8').replace('@@POD_CIDR@@', podCidr);
