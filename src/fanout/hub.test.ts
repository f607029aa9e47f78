import { expect, test } from 'vitest';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { Hub } from './hub.ts';
import type { LogEvent } from './types.ts';

const event = (stream: string, seq: number): LogEvent => ({
  stream,
  seq,
  atMs: 0,
  actorId: null,
  type: 'sos.started',
  data: {},
});

const newHub = () => new Hub({ log: silentLogger, metrics: noMetrics });

test('a listener hears its own stream, a watcher hears all', () => {
  const hub = newHub();
  const heard: string[] = [];
  hub.subscribe('sos:a', (e) => heard.push(`a${e.seq}`));
  hub.watchAll((e) => heard.push(`all${e.seq}`));
  hub.publish(event('sos:a', 1));
  hub.publish(event('sos:b', 2));
  expect(heard).toEqual(['a1', 'all1', 'all2']);
});

test('a stream without listeners takes no memory', () => {
  const hub = newHub();
  const leaveFirst = hub.subscribe('sos:a', () => {});
  const leaveSecond = hub.subscribe('sos:a', () => {});
  leaveFirst();
  expect(hub.topics).toBe(1);
  leaveSecond();
  leaveSecond();
  expect(hub.topics).toBe(0);
});

test('leaving twice does not silence a listener who came later', () => {
  const hub = newHub();
  const leave = hub.subscribe('sos:a', () => {});
  leave();
  const heard: number[] = [];
  hub.subscribe('sos:a', (e) => heard.push(e.seq));
  leave();
  hub.publish(event('sos:a', 1));
  expect(heard).toEqual([1]);
});

test('a listener that fails silences nobody else', () => {
  const hub = newHub();
  const heard: number[] = [];
  hub.subscribe('sos:a', () => {
    throw new Error('broken');
  });
  hub.subscribe('sos:a', (e) => heard.push(e.seq));
  hub.publish(event('sos:a', 1));
  expect(heard).toEqual([1]);
});
