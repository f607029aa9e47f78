import type { AnyDeclaration, ChangeOf, InputOf, ViewOf } from './define.ts';
import { activities } from './types/activities.ts';
import { appointments } from './types/appointments.ts';
import { balanceTransactions } from './types/balance-transactions.ts';
import { bloodRequests } from './types/blood-requests.ts';
import { bookingStatusHistory } from './types/booking-status-history.ts';
import { bookings } from './types/bookings.ts';
import { calendarEvents } from './types/calendar-events.ts';
import { calendars } from './types/calendars.ts';
import { dailyScores } from './types/daily-scores.ts';
import { doctorSchedules } from './types/doctor-schedules.ts';
import { eventTemplates, sharedEventTemplates } from './types/event-templates.ts';
import { exerciseLogs } from './types/exercise-logs.ts';
import { exercisePrescriptions } from './types/exercise-prescriptions.ts';
import { exercises } from './types/exercises.ts';
import { foodCategories } from './types/food-categories.ts';
import { foodItems } from './types/food-items.ts';
import { hospitalPricing } from './types/hospital-pricing.ts';
import { hospitalResources } from './types/hospital-resources.ts';
import { hospitals } from './types/hospitals.ts';
import { hydrationLogs } from './types/hydration-logs.ts';
import { mealEntries } from './types/meal-entries.ts';
import { mealItemEntries } from './types/meal-item-entries.ts';
import { medicalRecords } from './types/medical-records.ts';
import { medicationLogs } from './types/medication-logs.ts';
import { medications } from './types/medications.ts';
import { messages } from './types/messages.ts';
import { patients } from './types/patients.ts';
import { paymentConfig } from './types/payment-config.ts';
import { prescriptions } from './types/prescriptions.ts';
import { providers } from './types/providers.ts';
import { resourceAuditLog } from './types/resource-audit-log.ts';
import { sleepLogs } from './types/sleep-logs.ts';
import { therapyGoals } from './types/therapy-goals.ts';
import { therapyPhases } from './types/therapy-phases.ts';
import { therapyRoutines } from './types/therapy-routines.ts';
import { transactions } from './types/transactions.ts';
import { wallets } from './types/wallets.ts';

/** Every type of record. What others refer to comes before them. */
const DECLARED = [
  patients,
  providers,
  medications,
  medicationLogs,
  prescriptions,
  appointments,
  medicalRecords,
  messages,
  doctorSchedules,
  hydrationLogs,
  sleepLogs,
  foodCategories,
  foodItems,
  exercises,
  therapyPhases,
  therapyRoutines,
  activities,
  exercisePrescriptions,
  exerciseLogs,
  therapyGoals,
  dailyScores,
  eventTemplates,
  sharedEventTemplates,
  calendars,
  calendarEvents,
  mealEntries,
  mealItemEntries,
  hospitals,
  hospitalResources,
  resourceAuditLog,
  hospitalPricing,
  paymentConfig,
  bookings,
  bookingStatusHistory,
  bloodRequests,
  transactions,
  wallets,
  balanceTransactions,
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
