import { defineRecord } from '../define.ts';
import { choice, computed, initially, int, reference } from '../field.ts';

/** What can be booked in a hospital, in the words of the source. */
export const RESOURCES = ['beds', 'icu', 'operationTheatres'] as const;

const count = (about: string) => initially(int(about, { min: 0, max: 100_000 }), 0);

export const hospitalResources = defineRecord({
  name: 'hospital-resources',
  about: 'how many beds, places of intensive care or theatres a hospital has, and how many of them are free',
  table: 'hospital.hospital_resources',
  family: 'standing_fact',
  access: 'hospital_fact',
  subject: null,
  hospital: 'hospitalId',
  fields: {
    hospitalId: reference('the hospital', 'hospital.hospitals'),
    resourceType: choice('what there is so many of', RESOURCES),
    total: count('how many there are'),
    available: computed(int('how many are free: all but those below', { min: 0, max: 100_000 })),
    occupied: count('how many are in use'),
    reserved: count('how many are kept for somebody'),
    maintenance: count('how many can not be used'),
  },
  filters: { hospitalId: 'is', resourceType: 'is', available: 'range' },
  sorts: ['resourceType'],
  onErase: 'by_hand',
  sources: {
    '003:hospital_resources': { lastUpdated: '(updatedAtMs)', updatedBy: '(updatedBy, as of every record)' },
  },
  example: {
    hospitalId: '00000000-0000-4000-8000-000000000001',
    resourceType: 'beds',
    total: 40,
    occupied: 25,
    reserved: 3,
    maintenance: 2,
  },
});
