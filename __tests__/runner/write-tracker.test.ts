import { expect, test } from '@jest/globals';
import { NetworkError } from '../../src/http/errors.ts';
import { WriteTracker } from '../../src/runner/write-tracker.ts';

const refused = new NetworkError('refused', 'graph.microsoft.com');
const reset = new NetworkError('reset', 'graph.microsoft.com');
const failing = (error: Error) => (): Promise<never> => Promise.reject(error);
const succeeding = (): Promise<string> => Promise.resolve('done');

test('as long as nothing was written there is nothing to say', () => {
  expect(new WriteTracker().describe()).toBe('');
});

test('a write that certainly was not executed changes nothing', async () => {
  const writes = new WriteTracker();
  await expect(writes.attempt('the key', failing(refused))).rejects.toBe(refused);
  expect([writes.describe(), writes.inDoubt, writes.hasChanges, writes.confirm()]).toEqual(['', false, false, false]);
});

test('a write that may have been executed stays in doubt until it is found, or sent again', async () => {
  const writes = new WriteTracker();
  await expect(writes.attempt('the key', failing(reset))).rejects.toBe(reset);
  await expect(writes.attempt('the key', failing(refused))).rejects.toBe(refused);
  expect(writes.inDoubt).toBe(true);
  expect(writes.describe()).toBe(
    'Unknown: the key may have been written. Wait two minutes before running again, so that the next run can detect it.',
  );
  expect(writes.confirm()).toBe(true);
  expect([writes.describe(), writes.inDoubt, writes.hasChanges]).toEqual(['Changed: the key.', false, true]);

  await expect(writes.attempt('its status', failing(reset))).rejects.toBe(reset);
  await expect(writes.attempt('its status', succeeding)).resolves.toBe('done');
  expect(writes.describe()).toBe('Changed: the key, its status.');
});

test('a write that was accepted and is not shown is unknown', async () => {
  const writes = new WriteTracker();
  await writes.attempt('the key', succeeding);
  await writes.attempt('its status', succeeding);
  writes.doubt();
  expect(writes.describe()).toMatch(/^Changed: the key\. Unknown: its status may have been written\./);
  expect(writes.confirm()).toBe(true);
  expect(writes.describe()).toBe('Changed: the key, its status.');
});

test('a write that is under way is unknown', async () => {
  const writes = new WriteTracker();
  await writes.attempt('the key', succeeding);
  void writes.attempt('its status', () => new Promise(() => undefined));
  expect(writes.describe()).toBe(
    'Changed: the key. Unknown: its status may have been written. Wait two minutes before running again, so that the next run can detect it.',
  );
});
