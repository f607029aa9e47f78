type Conversion = (value: number) => number;

const times =
  (factor: number): Conversion =>
  (value) =>
    value * factor;

/** International yard and pound agreement of 1959. */
export const KG_PER_POUND = 0.45359237;
const M_PER_FOOT = 0.3048;
const M_PER_MILE = 5_280 * M_PER_FOOT;
/** A US gallon is 231 cubic inches, and has 128 fluid ounces. */
const ML_PER_FLUID_OUNCE = (231 * 2.54 ** 3) / 128;
/** An imperial gallon is 4.54609 litres, and has 160 (Weights and Measures Act 1985). */
const ML_PER_IMPERIAL_OUNCE = 4_546.09 / 160;
/** Molar mass of glucose, C6H12O6, in g/mol. */
const GLUCOSE_G_PER_MOL = 180.156;

/** By the unit that something is kept in, others that it is told in. An ounce of something to drink is a fluid one. */
const INTO: Readonly<Record<string, Readonly<Record<string, Conversion>>>> = {
  kg: {
    lb: times(KG_PER_POUND),
    oz: times(KG_PER_POUND / 16),
    st: times(KG_PER_POUND * 14),
    g: times(0.001),
  },
  g: { oz: times((KG_PER_POUND * 1_000) / 16), lb: times(KG_PER_POUND * 1_000), kg: times(1_000) },
  ml: { oz: times(ML_PER_FLUID_OUNCE), 'imp oz': times(ML_PER_IMPERIAL_OUNCE), l: times(1_000) },
  m: { mi: times(M_PER_MILE), ft: times(M_PER_FOOT), yd: times(3 * M_PER_FOOT), km: times(1_000) },
  c: { f: (value) => (value - 32) / 1.8, k: (value) => value - 273.15 },
  'mmol/l': { 'mg/dl': times(10 / GLUCOSE_G_PER_MOL) },
};

const OTHERWISE: Readonly<Record<string, string>> = {
  lbs: 'lb',
  pound: 'lb',
  pounds: 'lb',
  ounce: 'oz',
  ounces: 'oz',
  'fl oz': 'oz',
  mile: 'mi',
  miles: 'mi',
  degf: 'f',
  degc: 'c',
  cel: 'c',
  meters: 'm',
  metres: 'm',
};

/** A unit as it is known here, whatever case it is in: `°F` is `f`, `lbs` is `lb`. */
export function unitOf(text: string): string {
  const plain = text.trim().toLowerCase().replace('°', '');
  return Object.hasOwn(OTHERWISE, plain) ? (OTHERWISE[plain] ?? plain) : plain;
}

/** Whether what is kept in this unit is told in others too, so that a number alone says nothing. */
export const hasOtherUnits = (ours: string): boolean => Object.hasOwn(INTO, unitOf(ours));

/** Units that can be told besides the one that it is kept in. */
export const unitsBeside = (ours: string): string[] => Object.keys(INTO[unitOf(ours)] ?? {});

/** The value in our unit, to four decimals where it was converted; null: there is no way from the one to the other. */
export function converted(value: number, theirs: string, ours: string): number | null {
  const [from, to] = [unitOf(theirs), unitOf(ours)];
  if (from === to) return value;
  const ways = Object.hasOwn(INTO, to) ? INTO[to] : undefined;
  const convert = ways && Object.hasOwn(ways, from) ? ways[from] : undefined;
  return convert ? Math.round(convert(value) * 10_000) / 10_000 : null;
}
