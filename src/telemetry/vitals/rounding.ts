/**
 * A number as the database gives it back: columns of vital signs are `real`, so the shortest decimal that means the same
 * 32-bit float. What is judged live and what is judged again from the database is then the same number.
 */
export function asKept(value: number): number {
  if (Number.isInteger(value)) return value;
  const kept = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(kept.toPrecision(digits));
    if (Math.fround(short) === kept) return short;
  }
  return Number(kept.toPrecision(9));
}

/**
 * To so many decimals as one rounds by hand, halves away from zero: 36.05 is 36.1, though the float below it is a little
 * less. The decimal point is moved in the text, because multiplying would move the number off its half.
 */
export function toDecimals(value: number, decimals: number): number {
  if (Number.isInteger(value)) return value;
  const size = shifted(Math.abs(value), decimals);
  const rounded = shifted(Math.round(size), -decimals);
  return value < 0 && rounded !== 0 ? -rounded : rounded;
}

function shifted(value: number, places: number): number {
  const [digits = '0', exponent = '0'] = String(value).split('e');
  return Number(`${digits}e${Number(exponent) + places}`);
}
