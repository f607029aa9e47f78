import { defineRecord } from '../define.ts';
import { choice, int, optional, reference, text } from '../field.ts';
import { RESOURCES } from './hospital-resources.ts';

const count = (about: string) => optional(int(about, { min: 0, max: 100_000 }));

/** Written by a trigger on `hospital.hospital_resources`, whoever changes it. */
export const resourceAuditLog = defineRecord({
  name: 'resource-audit-log',
  about: 'every change of what a hospital has so many of, with the numbers before and after',
  table: 'hospital.resource_audit_log',
  family: 'log_entry',
  access: 'hospital_log',
  verbs: ['read', 'list'],
  subject: null,
  hospital: 'hospitalId',
  fields: {
    hospitalId: reference('the hospital', 'hospital.hospitals'),
    resourceType: choice('what there is so many of', RESOURCES),
    action: choice('what was done', ['create', 'update', 'delete', 'allocate', 'release']),
    oldTotal: count('how many there were'),
    oldAvailable: count('how many were free'),
    oldOccupied: count('how many were in use'),
    oldReserved: count('how many were kept for somebody'),
    oldMaintenance: count('how many could not be used'),
    newTotal: count('how many there are from then on'),
    newAvailable: count('how many are free'),
    newOccupied: count('how many are in use'),
    newReserved: count('how many are kept for somebody'),
    newMaintenance: count('how many can not be used'),
    reason: optional(text('why', { max: 500 })),
  },
  filters: { hospitalId: 'is', resourceType: 'is', action: 'is' },
  sorts: ['createdAtMs'],
  onErase: 'by_hand',
  sources: {
    '003:resource_audit_log': {
      oldValues: 'oldTotal, oldAvailable, oldOccupied, oldReserved, oldMaintenance',
      newValues: 'newTotal, newAvailable, newOccupied, newReserved, newMaintenance',
      changedBy: '(createdBy)',
      ipAddress: '(accounts.sessions, of whoever did it)',
      userAgent: '(accounts.sessions, of whoever did it)',
    },
  },
  example: {
    hospitalId: '00000000-0000-4000-8000-000000000001',
    resourceType: 'beds',
    action: 'create',
    newTotal: 40,
    newAvailable: 10,
    newOccupied: 25,
    newReserved: 3,
    newMaintenance: 2,
    reason: 'opened the new ward',
  },
});
