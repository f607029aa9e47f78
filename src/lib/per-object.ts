/**
 * The same answer for the same object, for as long as that lives: whoever is handed it shares what was made of it. `work` may
 * depend on nothing else.
 */
export function perObject<Key extends object, Value>(work: (key: Key) => Value): (key: Key) => Value {
  const made = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const known = made.get(key);
    if (known) return known.value;
    const value = work(key);
    made.set(key, { value });
    return value;
  };
}
