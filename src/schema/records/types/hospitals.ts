import { defineRecord } from '../define.ts';
import {
  choice,
  code,
  computed,
  decimal,
  initially,
  instant,
  optional,
  text,
  texts,
  user,
} from '../field.ts';

/** A day of the week with a span of its local time; one that goes past midnight is two. */
const SPAN = /^(mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/;
const SHORT = /^\S(.{0,98}\S)?$/u;

const degrees = (about: string, most: number) =>
  optional(decimal(about, { min: -most, max: most, decimals: 6, unit: 'deg' }));
const several = (about: string) => initially(texts(about, { count: 100, pattern: SHORT }), []);

export const hospitals = defineRecord({
  name: 'hospitals',
  about: 'a hospital with what it offers; whoever is asked to approve it says whether people can book there',
  table: 'hospital.hospitals',
  family: 'catalogue',
  access: 'hospital',
  subject: null,
  hospital: 'id',
  fields: {
    name: text('what it is called', { max: 200, mask: 'keep' }),
    address: text('where it is', { max: 500, mask: 'keep' }),
    latDeg: degrees('its latitude, WGS 84', 90),
    lngDeg: degrees('its longitude, WGS 84', 180),
    phone: text('telephone number', { max: 40, mask: 'keep' }),
    email: optional(text('e-mail address', { max: 254, mask: 'email' })),
    website: optional(code('address of its pages', /^https?:\/\/\S{1,500}$/)),
    specialties: several('what it is specialised in'),
    facilities: several('what it has'),
    operatingHours: initially(
      texts('when it is open, in its local time: several of `mon 08:00-17:30`', { count: 50, pattern: SPAN }),
      [],
    ),
    emergencyContact: optional(text('whom to call in an emergency', { max: 200, mask: 'words' })),
    licenseNumber: optional(text('number of its licence', { max: 100, mask: 'licence' })),
    status: initially(
      choice('where its approval stands', ['pending', 'approved', 'rejected', 'suspended']),
      'pending',
    ),
    approvedBy: computed(user('who approved it')),
    approvedAtMs: computed(instant('when that was')),
    rejectionReason: optional(text('why it was not approved', { max: 2_000 })),
    description: optional(text('what else there is to know', { max: 4_000, mask: 'keep' })),
  },
  steps: {
    field: 'status',
    to: {
      pending: ['approved', 'rejected'],
      approved: ['suspended'],
      rejected: ['pending', 'approved'],
      suspended: ['approved', 'rejected'],
    },
  },
  decided: { fields: ['rejectionReason'], steps: ['approved', 'rejected', 'suspended'] },
  filters: { status: 'is' },
  sorts: ['name'],
  search: true,
  onErase: 'by_hand',
  sources: { '003:hospitals': {} },
  example: {
    name: 'General Hospital',
    address: '12 Station Road, Dhaka',
    latDeg: 23.810331,
    lngDeg: 90.412518,
    phone: '+880 2 5550 110',
    specialties: ['cardiology', 'intensive care'],
    facilities: ['blood bank', 'helipad'],
    operatingHours: ['mon 00:00-24:00', 'tue 00:00-24:00'],
    licenseNumber: 'DH-2019-0042',
  },
});
