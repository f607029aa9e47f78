import { defineRecord } from '../define.ts';
import { choice, currency, decimal, initially, instant, money, optional, reference } from '../field.ts';
import { RESOURCES } from './hospital-resources.ts';

export const hospitalPricing = defineRecord({
  name: 'hospital-pricing',
  about: 'what something costs in a hospital, from when until when; one price at a time',
  table: 'hospital.hospital_pricing',
  family: 'standing_fact',
  access: 'hospital_fact',
  subject: null,
  hospital: 'hospitalId',
  fields: {
    hospitalId: reference('the hospital', 'hospital.hospitals'),
    resourceType: choice('what it is the price of', RESOURCES),
    basePrice: money('what it costs once'),
    currency: initially(currency(), 'BDT'),
    pricePerHour: optional(money('what each hour costs on top')),
    pricePerDay: optional(money('what each day costs on top')),
    emergencyMultiplier: initially(
      decimal('by how much all of that is multiplied in an emergency', { min: 1, max: 9.99, decimals: 2 }),
      1,
    ),
    startsAtMs: instant('from when it holds'),
    endsAtMs: optional(instant('until when it holds; absent: until another one begins')),
  },
  span: { from: 'startsAtMs', until: 'endsAtMs' },
  filters: { hospitalId: 'is', resourceType: 'is', endsAtMs: 'range' },
  sorts: ['startsAtMs'],
  onErase: 'by_hand',
  sources: {
    '003:hospital_pricing': {
      effectiveFrom: 'startsAtMs',
      effectiveTo: 'endsAtMs',
      isActive: '(it holds at the moment, and was not removed)',
    },
  },
  example: {
    hospitalId: '00000000-0000-4000-8000-000000000001',
    resourceType: 'beds',
    basePrice: 1_500,
    pricePerDay: 2_400.5,
    emergencyMultiplier: 1.5,
    startsAtMs: 1_767_225_600_000,
    endsAtMs: 1_767_229_200_000,
  },
});
