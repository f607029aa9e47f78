// Typed arrays that double: old content kept, the rest filled with zeros.

export function grownFloats(array: Float64Array, atLeast: number): Float64Array {
  if (array.length >= atLeast) return array;
  const grown = new Float64Array(Math.max(atLeast, array.length * 2));
  grown.set(array);
  return grown;
}

export function grownInts(array: Int32Array, atLeast: number): Int32Array {
  if (array.length >= atLeast) return array;
  const grown = new Int32Array(Math.max(atLeast, array.length * 2));
  grown.set(array);
  return grown;
}
