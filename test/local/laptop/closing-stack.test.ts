import { describe, expect, test } from 'vitest';
import { createClosingStack, NotClosed } from '../../../infra/local/laptop/closing-stack.ts';

describe('what was started', () => {
  test('is closed in reverse order, once', async () => {
    const closed: string[] = [];
    const closing = createClosingStack();
    closing.defer(() => void closed.push('first'));
    await closing.use({ close: () => void closed.push('second') });
    await Promise.all([closing.close(), closing.close()]);
    expect(closed).toEqual(['second', 'first']);
  });

  test('is closed even when something else cannot be, and the error says what', async () => {
    const closed: string[] = [];
    const closing = createClosingStack();
    closing.defer(() => void closed.push('first'));
    closing.defer(() => {
      throw new Error('the port is stuck');
    });
    await expect(closing.close()).rejects.toThrow(NotClosed);
    await expect(closing.close()).rejects.toThrow('the port is stuck');
    expect(closed).toEqual(['first']);
  });

  test('is closed at once when closing has begun meanwhile', async () => {
    const closed: string[] = [];
    const closing = createClosingStack();
    const slow = Promise.withResolvers<{ close(): void }>();
    const using = closing.use(slow.promise);
    await closing.close();
    slow.resolve({ close: () => void closed.push('late') });
    await using;
    await closing.close();
    expect(closed).toEqual(['late']);
  });
});
