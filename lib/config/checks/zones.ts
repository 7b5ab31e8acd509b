import type { Check } from './reader';

export const zonesInRegion: Check = ({ text, list }) => {
  const region = text(['region']);
  return list(['zones']).flatMap((zone, index) => {
    if (region === undefined || typeof zone !== 'string' || zone.slice(0, -1) === region) return [];
    const rule = `be a zone of the region ${region}`;
    return [{ path: ['zones', index], rule, found: zone, fix: `write e.g. ${region}a` }];
  });
};

export const zonePerMember: Check = ({ number, list, raw }) => {
  const count = number(['controlPlane', 'count']);
  const zones = new Set(list(['zones'])).size;
  if (count !== 3 || zones === 0 || zones >= count) return [];
  return [
    {
      path: ['zones'],
      rule: `name at least ${count} zones for ${count} control-plane nodes, so that one zone's loss leaves a quorum`,
      found: raw(['zones']),
      fix: 'add zones, or write controlPlane.count: 1',
    },
  ];
};
