import type { AnyDeclaration, ChangeOf, InputOf, ViewOf } from './define.ts';
import { appointments } from './types/appointments.ts';
import { exercises } from './types/exercises.ts';
import { foodCategories } from './types/food-categories.ts';
import { foodItems } from './types/food-items.ts';
import { hydrationLogs } from './types/hydration-logs.ts';
import { medicalRecords } from './types/medical-records.ts';
import { medicationLogs } from './types/medication-logs.ts';
import { medications } from './types/medications.ts';
import { patients } from './types/patients.ts';
import { prescriptions } from './types/prescriptions.ts';
import { providers } from './types/providers.ts';
import { sleepLogs } from './types/sleep-logs.ts';

/** Every type of record. What others refer to comes before them. */
const DECLARED = [
  patients,
  providers,
  medications,
  medicationLogs,
  prescriptions,
  appointments,
  medicalRecords,
  hydrationLogs,
  sleepLogs,
  foodCategories,
  foodItems,
  exercises,
] as const;

type Declared = (typeof DECLARED)[number];
export type RecordTypeName = Declared['name'];
type FieldsOf<N extends RecordTypeName> = Extract<Declared, { readonly name: N }>['fields'];

export type RecordInput<N extends RecordTypeName> = InputOf<FieldsOf<N>>;
export type RecordChange<N extends RecordTypeName> = ChangeOf<FieldsOf<N>>;
export type RecordView<N extends RecordTypeName> = ViewOf<FieldsOf<N>>;

export type AnyRecordType = AnyDeclaration & { readonly name: RecordTypeName };

export const RECORD_TYPES: readonly AnyRecordType[] = DECLARED;

const BY_NAME = new Map<string, AnyRecordType>(RECORD_TYPES.map((type) => [type.name, type]));

export const recordType = (name: string): AnyRecordType | undefined => BY_NAME.get(name);
