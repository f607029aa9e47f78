import { defineRecord } from '../define.ts';
import { instant, optional, person, text } from '../field.ts';

export const providers = defineRecord({
  name: 'providers',
  about: 'who treats a person, as they note it themselves: practices, specialists, how to reach them',
  table: 'care.providers',
  family: 'standing_fact',
  access: 'care_fact',
  subject: 'personId',
  fields: {
    personId: person(),
    name: text('name of the provider', { max: 200, mask: 'name' }),
    specialty: optional(text('what they are specialised in', { max: 100, mask: 'specialty' })),
    phone: optional(text('telephone number', { max: 40, mask: 'phone' })),
    email: optional(text('e-mail address', { max: 254, mask: 'email' })),
    address: optional(text('address of the practice', { max: 500, mask: 'street' })),
    notes: optional(text('what else there is to know', { max: 4_000 })),
    nextAppointmentAtMs: optional(instant('when they are seen next')),
  },
  filters: { specialty: 'is', nextAppointmentAtMs: 'range' },
  sorts: ['name'],
  onErase: 'delete',
  sources: { '002:Providers': { userId: 'personId', nextAppointment: 'nextAppointmentAtMs' } },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    name: 'Dr. Lena Moser',
    specialty: 'cardiology',
    phone: '+41 31 555 01 10',
    nextAppointmentAtMs: 1_798_790_400_000,
  },
});
