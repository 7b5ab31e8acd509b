import fc from 'fast-check';
import { clientToken, incidentId } from '../../../lib/domain/outcome/incident';
import { INSTANCE } from '../fixtures';

const incident = {
  instanceId: INSTANCE,
  alarmName: 'headroom-prod-control-plane-1-disk-critical',
  at: '2026-11-20T04:05:31.919Z',
};

test('copies of one transition have one token; another node, alarm or time has another', () => {
  expect(clientToken({ ...incident })).toBe(clientToken(incident));
  const others = [
    { instanceId: 'i-0ff99ee88dd77cc66' },
    { alarmName: 'x' },
    { at: '2026-11-20T04:05:31.920Z' },
  ];
  const tokens = new Set([incident, ...others.map((other) => ({ ...incident, ...other }))].map(clientToken));
  expect(tokens.size).toBe(4);
});

test('the token stays what it is: a new one would start a second healing of an old incident', () => {
  expect(clientToken(incident)).toBe('b6ecf0ad-a8fe-50db-bd7a-02828c079a0f');
  expect(incidentId(incident)).toBe(`${INSTANCE}/${incident.alarmName}/${incident.at}`);
});

test('is a UUID of version 5 and the RFC variant, whatever the names', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (instanceId, alarmName, at) => {
      expect(clientToken({ instanceId, alarmName, at })).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }),
  );
});
