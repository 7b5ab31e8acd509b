/** Before this minor version the kubelet falls back to its own cgroup driver if the runtime does not report one. */
const FALLBACK_ENDS_MINOR = 38;

/** The oldest 1.x whose configuration layout Headroom writes, and the last that upstream supported. */
const LAST_1X = '1.7';

/**
 * The oldest containerd with which a kubelet starts. containerd has the CRI's RuntimeConfig, which reports the cgroup driver, from
 * 2.0 on; the kubelet does without until 1.37 (the end was put off from 1.36 to 1.37 to 1.38).
 * Sources: https://kubernetes.io/docs/setup/production-environment/container-runtimes/#systemd-cgroup-driver,
 * https://github.com/kubernetes/enhancements/pull/6087
 *
 * @param kubernetesVersion e.g. `1.36.3`
 * @returns `MAJOR.MINOR`
 */
export const minimumContainerd = (kubernetesVersion: string): string =>
  Number(kubernetesVersion.split('.')[1]) >= FALLBACK_ENDS_MINOR ? '2.0' : LAST_1X;
