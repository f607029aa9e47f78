import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { packageRoot } from '../../lib/package-root.ts';

const FOLDER = new URL('../shared/data/vectors/fhir_r4/', packageRoot);

type Resource = Record<string, unknown> & { readonly resourceType: string; readonly id: string };

/** The examples of HL7, where they lie beside the project; none: they do not. */
export const EXAMPLES: readonly Resource[] = existsSync(FOLDER)
  ? readdirSync(FOLDER)
      .filter((name) => name.startsWith('Observation-'))
      .sort()
      .map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')))
  : [];

interface Coded {
  readonly coding?: readonly { readonly system?: string; readonly code?: string }[];
}
interface Part {
  readonly code: Coded;
  readonly valueQuantity?: { readonly value: number; readonly code: string };
  readonly dataAbsentReason?: Coded;
}

/** To the units that this project writes, by factors of its own. */
const FACTORS: Readonly<Record<string, readonly [string, number]>> = {
  '[lb_av]': ['kg', 0.453_592_37],
  '[in_i]': ['cm', 2.54],
};

/** What an Observation says, whatever its form: two of the same meaning are equal here. */
export function meaningOf(resource: object): object {
  const one = resource as Part & {
    readonly status: string;
    readonly effectiveDateTime?: string;
    readonly issued?: string;
    readonly identifier?: unknown;
    readonly component?: readonly Part[];
    readonly hasMember?: readonly { readonly reference: string }[];
  };
  const partOf = ({ code, valueQuantity, dataAbsentReason }: Part) => ({
    code: code.coding?.find(({ system }) => system === 'http://loinc.org')?.code,
    value: valueQuantity && valueIn(valueQuantity),
    absent: dataAbsentReason?.coding?.[0]?.code,
  });
  return {
    ...partOf(one),
    status: one.status,
    when: one.effectiveDateTime,
    issued: one.issued,
    identifier: one.identifier,
    components: one.component?.map(partOf),
    members: one.hasMember?.map(({ reference }) => reference),
  };
}

function valueIn({ value, code }: NonNullable<Part['valueQuantity']>): readonly [string, string] {
  const [unit, factor] = FACTORS[code] ?? [code, 1];
  return [(value * factor).toPrecision(5), unit];
}
