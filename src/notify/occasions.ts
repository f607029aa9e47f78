/** What happened to a record, as far as somebody has to be told of it. */
export interface Occasion {
  /** The name of its type, as in addresses. */
  readonly type: string;
  readonly verb: 'create' | 'change' | 'remove' | 'erase';
  /** As it is then, by column. */
  readonly row: Readonly<Record<string, unknown>>;
  /** Of a change: the fields that say something else than before. */
  readonly changed: readonly string[];
  /** Whoever did it is not told. */
  readonly byUserId: string;
  /** The account of whom it is about; null: they have none. */
  readonly personUserId: string | null;
}

/** What each kind says in the program. Nothing of it goes into a mail, an SMS or a push: those say that there is something. */
export const NOTICE_TITLES = {
  message_received: 'You have a new message',
  appointment_booked: 'An appointment was booked',
  appointment_changed: 'An appointment was changed',
  appointment_cancelled: 'An appointment was cancelled',
  prescription_written: 'A prescription was written for you',
  booking_submitted: 'Your booking was sent to the hospital',
  booking_approved: 'Your booking was approved',
  booking_declined: 'Your booking was declined',
  booking_cancelled: 'Your booking was cancelled',
  booking_completed: 'Your booking is completed',
} as const;
export type NoticeKind = keyof typeof NOTICE_TITLES;

export interface Notice {
  readonly userId: string;
  readonly kind: NoticeKind;
  readonly about: { readonly type: string; readonly id: string } | null;
}

/** What else is corrected in an appointment is nothing to be woken for. */
const TOLD_OF_APPOINTMENTS: readonly string[] = ['startsAtMs', 'durationMin', 'kind', 'doctorId', 'status'];

const BOOKINGS: Readonly<Record<string, NoticeKind>> = {
  pending: 'booking_submitted',
  approved: 'booking_approved',
  declined: 'booking_declined',
  cancelled: 'booking_cancelled',
  completed: 'booking_completed',
};

type Told = (occasion: Occasion) => { readonly kind: NoticeKind | null; readonly to: readonly unknown[] };

const OCCASIONS: Readonly<Record<string, Told>> = {
  messages: ({ verb, row }) => ({
    kind: verb === 'create' ? 'message_received' : null,
    to: [row.recipient_id],
  }),
  appointments: ({ verb, row, changed, personUserId }) => ({
    kind:
      verb === 'create'
        ? 'appointment_booked'
        : verb === 'change' && row.status !== 'cancelled'
          ? changed.some((field) => TOLD_OF_APPOINTMENTS.includes(field))
            ? 'appointment_changed'
            : null
          : 'appointment_cancelled',
    to: [personUserId, row.doctor_id],
  }),
  prescriptions: ({ verb, personUserId }) => ({
    kind: verb === 'create' ? 'prescription_written' : null,
    to: [personUserId],
  }),
  bookings: ({ verb, row, changed, personUserId }) => ({
    kind: verb === 'create' || changed.includes('status') ? (BOOKINGS[String(row.status)] ?? null) : null,
    to: [personUserId],
  }),
};

/** Who is told what of it. Pure. Whoever is told that they did something themselves knows it: only a booking says that it was sent. */
export function noticesOf(occasion: Occasion): readonly Notice[] {
  const { kind, to } = OCCASIONS[occasion.type]?.(occasion) ?? { kind: null, to: [] };
  if (kind === null || occasion.verb === 'erase') return [];
  const about = { type: occasion.type, id: String(occasion.row.id) };
  return [...new Set(to)]
    .filter((userId): userId is string => typeof userId === 'string')
    .filter((userId) => userId !== occasion.byUserId || kind === 'booking_submitted')
    .map((userId) => ({ userId, kind, about }));
}
