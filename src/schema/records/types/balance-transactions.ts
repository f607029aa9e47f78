import { defineRecord } from '../define.ts';
import {
  choice,
  computed,
  currency,
  decimal,
  initially,
  money,
  optional,
  person,
  reference,
  text,
} from '../field.ts';
import { BALANCE_MAX } from './wallets.ts';

const balance = (about: string) => computed(decimal(about, { min: 0, max: BALANCE_MAX, decimals: 2 }));

export const balanceTransactions = defineRecord({
  name: 'balance-transactions',
  about:
    'what came into the wallet of a person or went out of it; what was wrong is put right by another one',
  table: 'hospital.balance_transactions',
  family: 'log_entry',
  access: 'payment',
  verbs: ['create', 'read', 'list'],
  subject: 'personId',
  fields: {
    personId: person('whose wallet'),
    transactionId: optional(reference('the payment', 'hospital.transactions', { sameSubject: true })),
    kind: choice('what it is: credit and refund come in, debit and fee go out', [
      'credit',
      'debit',
      'refund',
      'fee',
    ]),
    amount: money('how much', { min: 0.01 }),
    currency: initially(currency('that of the wallet; the first one says which'), 'BDT'),
    balanceBefore: balance('how much there was'),
    balanceAfter: balance('how much there is then'),
    description: optional(text('what for', { max: 500 })),
  },
  filters: { kind: 'is', transactionId: 'is' },
  sorts: ['createdAtMs'],
  onErase: 'blank',
  sources: { '003:balance_transactions': { userId: 'personId', type: 'kind' } },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    kind: 'credit',
    amount: 500,
    currency: 'BDT',
    description: 'Paid in at the desk',
  },
});
