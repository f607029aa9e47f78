/**
 * The same pieces, and `release` called once when they have ended, failed or were returned: also when nobody has read the
 * first of them, of which a generator hears nothing.
 */
export function letGo<T>(inner: AsyncIterator<T>, release: () => void): AsyncIterableIterator<T> {
  let held = true;
  const end = () => {
    if (held) release();
    held = false;
  };
  const pieces: AsyncIterableIterator<T> = {
    async next() {
      try {
        const piece = await inner.next();
        if (piece.done) end();
        return piece;
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      end();
      await inner.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => pieces,
  };
  return pieces;
}
