import { AlarmEvents, type AlarmDelivery } from '../src/alarms/alarm-delivery';
import { cloudEvent, type CloudEvent } from '../src/alarms/alarm-events';
import { PLACE } from './support/resources';

const event = (alarmName: string): CloudEvent =>
  cloudEvent(PLACE, 'aws.cloudwatch', 'CloudWatch Alarm State Change', [], { alarmName }, new Date(0));

function events(delivery: AlarmDelivery) {
  const arrived: CloudEvent[] = [];
  const lost: CloudEvent[] = [];
  const alarms = new AlarmEvents(
    delivery,
    (each) => arrived.push(each),
    (each) => lost.push(each),
  );
  return { alarms, arrived, lost };
}

describe('the events of alarms', () => {
  it('arrive once unless a scenario says otherwise', () => {
    const { alarms, arrived } = events({});
    alarms.put(event('a'));
    alarms.releaseLate();
    expect(arrived).toEqual([event('a')]);
  });

  it('are lost where a scenario says so', () => {
    const { alarms, arrived, lost } = events({ lost: true, copies: 5 });
    alarms.put(event('a'));
    alarms.releaseLate();
    expect(arrived).toEqual([]);
    expect(lost).toEqual([event('a')]);
  });

  it('come doubled to the letter, with an id of their own, and late', () => {
    const { alarms, arrived } = events({ copies: 5 });
    alarms.put(event('a'));
    alarms.put(event('b'));
    const names = () => arrived.map(({ detail }) => detail['alarmName']);
    expect(names()).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
    expect(new Set(arrived.slice(0, 3).map(({ id }) => id)).size).toBe(2);
    alarms.releaseLate();
    alarms.releaseLate();
    alarms.releaseLate();
    expect(names().slice(6)).toEqual(['a', 'b', 'a', 'b']);
    expect(arrived.every(({ time }) => time === event('a').time)).toBe(true);
  });
});
