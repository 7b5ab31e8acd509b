import { environmentOf } from '../../app/environments';
import { userDataOf } from './user-data-of';
import type { NodeRole } from '../../../lib/domain/names/naming';

/** The user data that the construct makes for the role, with these settings in place of the environment's. */
export const nodeUserData = (settings: Readonly<Record<string, string>>): string => {
  const { HEADROOM_ROLE, HEADROOM_ENVIRONMENT, HEADROOM_KUBERNETES_VERSION } = settings;
  const environment = environmentOf('dev');
  if (HEADROOM_KUBERNETES_VERSION !== undefined) environment.kubernetesVersion = HEADROOM_KUBERNETES_VERSION;
  const { text } = userDataOf(HEADROOM_ROLE as NodeRole, HEADROOM_ENVIRONMENT, environment);
  return Object.entries(settings).reduce((changed, [name, value]) => {
    const line = new RegExp(`^${name}=.*$`, 'm');
    if (!line.test(changed)) throw new Error(`user data has no setting ${name}`);
    return changed.replace(line, () => `${name}='${value}'`);
  }, text);
};
