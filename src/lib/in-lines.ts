/**
 * Works on items side by side, at most so many, but on those that share a key one after another in their order. Resolves
 * when all are done; `work` must not reject.
 */
export async function inLines<T>(
  items: readonly T[],
  keysOf: (item: T) => readonly string[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const lasts = new Map<string, Promise<void>>();
  const waiting: (() => void)[] = [];
  let free = atOnce;
  const turn = async (item: T, before: readonly (Promise<void> | undefined)[]) => {
    await Promise.all(before);
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
    await work(item);
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  for (const item of items) {
    const keys = keysOf(item);
    const done = turn(
      item,
      keys.map((key) => lasts.get(key)),
    );
    for (const key of keys) lasts.set(key, done);
  }
  await Promise.all(lasts.values());
}
