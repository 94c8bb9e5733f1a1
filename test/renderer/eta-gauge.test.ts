import { expect, test } from 'vitest';
import { EtaGauge } from '../../renderer/state/eta-gauge.ts';

test('blank for three seconds, then what is left over the rate', () => {
  const gauge = new EtaGauge();
  const seen = [0, 1000, 2000, 3000, 4000].map((at) => gauge.push(at, 1_000_000, 60_000_000));
  expect(seen).toEqual([null, null, null, 60_000, 60_000]);
});

test('a rate that jumps about shows none', () => {
  const gauge = new EtaGauge();
  const seen = Array.from({ length: 20 }, (_, at) => gauge.push(at * 500, at % 2 ? 5_000_000 : 400_000, 60_000_000));
  expect(seen.every((eta) => eta === null)).toBe(true);
});

test('a stop forgets it: the next start is blank again', () => {
  const gauge = new EtaGauge();
  for (let at = 0; at <= 5000; at += 500) gauge.push(at, 1_000_000, 60_000_000);
  expect(gauge.push(5500, null, 60_000_000)).toBeNull();
  expect(gauge.push(6000, 1_000_000, 60_000_000)).toBeNull();
});

test('months are no information', () => {
  const gauge = new EtaGauge();
  for (let at = 0; at <= 5000; at += 500) expect(gauge.push(at, 1000, 1e12)).toBeNull();
});
