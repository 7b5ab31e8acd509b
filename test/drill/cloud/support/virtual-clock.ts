export { VirtualClock } from '../../../../lib/drill/fleet/virtual-clock';
