import { defineRecord } from '../define.ts';
import { bool, choice, code, initially, optional, text } from '../field.ts';

export const paymentConfig = defineRecord({
  name: 'payment-config',
  about: 'through whom payments are made; what opens it is in the setting that it names, and in no table',
  table: 'hospital.payment_config',
  family: 'catalogue',
  access: 'payment_config',
  subject: null,
  fields: {
    gateway: code('the gateway', /^[a-z][a-z0-9-]{0,39}$/),
    isActive: initially(bool('whether it is used'), true),
    mode: initially(choice('whether money moves', ['sandbox', 'live']), 'sandbox'),
    merchantId: optional(text('who we are there', { max: 200 })),
    secretName: optional(code('the setting that holds what opens it', /^[A-Z][A-Z0-9_]{0,63}$/)),
    baseUrl: optional(code('where it is asked', /^https:\/\/\S{1,500}$/)),
    notes: optional(text('what else there is to know', { max: 4_000 })),
  },
  filters: { isActive: 'is', gateway: 'is' },
  sorts: ['gateway'],
  onErase: 'by_hand',
  sources: { '003:payment_config': { config: 'mode, merchantId, secretName, baseUrl' } },
  example: {
    gateway: 'sslcommerz',
    mode: 'sandbox',
    merchantId: 'muster-test',
    secretName: 'SSLCOMMERZ_STORE_PASSWORD',
    baseUrl: 'https://sandbox.example.org',
  },
});
