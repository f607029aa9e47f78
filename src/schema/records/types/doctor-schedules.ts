import { defineRecord } from '../define.ts';
import { bool, initially, int, optional, text, timeOfDay, user } from '../field.ts';

export const doctorSchedules = defineRecord({
  name: 'doctor-schedules',
  about:
    'the hours of a day of the week in which a professional sees people; two of one professional never overlap, and a break lies inside them',
  table: 'care.doctor_schedules',
  family: 'standing_fact',
  access: 'schedule',
  subject: null,
  fields: {
    doctorId: user('the professional'),
    dayOfWeek: int('the day of the week: 0 is Sunday', { min: 0, max: 6 }),
    startTime: timeOfDay('when they begin'),
    endTime: timeOfDay('when they end'),
    breakStart: optional(timeOfDay('when their break begins')),
    breakEnd: optional(timeOfDay('when their break ends')),
    isAvailable: initially(bool('whether they see people then'), true),
    notes: optional(text('what else there is to know, such as where', { max: 500 })),
  },
  span: { from: 'startTime', until: 'endTime' },
  parties: ['doctorId'],
  filters: { doctorId: 'is', dayOfWeek: 'is', isAvailable: 'is' },
  sorts: ['dayOfWeek'],
  onErase: 'delete',
  sources: { '004:doctor_schedules': {} },
  example: {
    doctorId: '00000000-0000-4000-8000-000000000001',
    dayOfWeek: 1,
    startTime: '08:00',
    endTime: '16:30',
    breakStart: '12:00',
    breakEnd: '12:45',
    notes: 'Consulting room 4',
  },
});
