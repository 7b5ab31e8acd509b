import type { Accelerator } from './node-image';

/** `HEADROOM_ACCEL=kvm|tcg`, else tcg. */
export async function chooseAccelerator(_rootDirectory: string): Promise<Accelerator> {
  return Promise.resolve(process.env['HEADROOM_ACCEL'] === 'kvm' ? 'kvm' : 'tcg');
}
