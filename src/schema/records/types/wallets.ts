import { defineRecord } from '../define.ts';
import { currency, decimal, initially, person } from '../field.ts';

export const BALANCE_MAX = 999_999_999_999.99;

/** Made and kept by a trigger on `hospital.balance_transactions`. */
export const wallets = defineRecord({
  name: 'wallets',
  about: 'what a person has with us: what their balance transactions come to, and never less than nothing',
  table: 'hospital.wallets',
  family: 'standing_fact',
  access: 'payment',
  verbs: ['read', 'list', 'history'],
  subject: 'personId',
  fields: {
    personId: person(),
    balance: initially(decimal('how much', { min: 0, max: BALANCE_MAX, decimals: 2 }), 0),
    currency: initially(currency(), 'BDT'),
  },
  filters: { currency: 'is' },
  sorts: ['createdAtMs'],
  onErase: 'blank',
  sources: { '003:user_balance': { userId: 'personId', lastUpdated: '(updatedAtMs)' } },
  example: { personId: '00000000-0000-4000-8000-000000000001', balance: 500, currency: 'BDT' },
});
