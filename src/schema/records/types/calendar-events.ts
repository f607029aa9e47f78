import { defineRecord } from '../define.ts';
import {
  bool,
  choice,
  code,
  computed,
  type Field,
  filledIn,
  initially,
  instant,
  optional,
  person,
  reference,
  text,
} from '../field.ts';
import { recurrenceMoments, recurrenceRule } from '../recurrence.ts';
import { COLOR } from './calendars.ts';

const rule: Field<string, 'required', false> = {
  ...code('how it comes again, as RFC 5545 writes it after RRULE:', /./),
  schema: recurrenceRule,
};
const moments: Field<string[], 'required', false> = {
  about: 'beginnings at which it does not, as EXDATE has them: 20261224 or 20261224T080000Z',
  sqlType: '_text',
  schema: recurrenceMoments,
  presence: 'required',
  nullable: false,
  mask: 'keep',
  isWords: false,
};

export const calendarEvents = defineRecord({
  name: 'calendar-events',
  about:
    'what a person has before them: appointments, exercise, medication to take; one that comes again has a rule, and those of its days that are otherwise are events of their own that name it',
  table: 'recovery.calendar_events',
  family: 'standing_fact',
  access: 'care_fact',
  subject: 'personId',
  fields: {
    personId: person(),
    calendarId: reference('the calendar', 'recovery.calendars', { sameSubject: true }),
    title: text('what it is', { max: 200 }),
    startsAtMs: instant('when it begins'),
    endsAtMs: optional(instant('when it ends')),
    isAllDay: initially(bool('whether it lasts the whole day'), false),
    location: optional(text('where it is', { max: 500 })),
    category: optional(text('what kind of event it is', { max: 100 })),
    status: initially(choice('where it stands', ['pending', 'completed', 'cancelled']), 'pending'),
    recurrenceRule: optional(rule),
    recurrenceExceptions: optional(moments),
    parentEventId: optional(
      reference('the event that comes again, of which this is one day', 'recovery.calendar_events', {
        sameSubject: true,
      }),
    ),
    color: optional(code('the color it is shown in, when not that of its calendar', COLOR)),
    description: optional(text('what else there is to know', { max: 10_000 })),
    privacyLevel: filledIn(
      choice(
        'who sees it: its person alone, also those who treat them, or it is part of the treatment; by whoever enters it when nobody says',
        ['private', 'shared', 'clinical'],
      ),
    ),
    patientId: computed(reference('the patient record of its person', 'care.patients')),
  },
  hidden: { field: 'privacyLevel', when: 'private' },
  span: { from: 'startsAtMs', until: 'endsAtMs' },
  filters: {
    startsAtMs: 'range',
    calendarId: 'is',
    status: 'is',
    category: 'is',
    parentEventId: 'is',
  },
  sorts: ['startsAtMs'],
  onErase: 'delete',
  sources: {
    '002:CalendarEvents': {
      userId: 'personId',
      startTime: 'startsAtMs',
      endTime: 'endsAtMs',
      recurrenceException: 'recurrenceExceptions',
    },
  },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    calendarId: '00000000-0000-4000-8000-000000000002',
    title: 'Walk',
    startsAtMs: 1_798_790_400_000,
    endsAtMs: 1_798_792_200_000,
    category: 'exercise',
    recurrenceRule: 'FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=36',
    description: 'Along the river, with company',
  },
});
