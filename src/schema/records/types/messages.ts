import { defineRecord } from '../define.ts';
import { bool, computed, filledIn, instant, optional, patient, reference, text, user } from '../field.ts';

export const messages = defineRecord({
  name: 'messages',
  about:
    'what a patient and somebody who cares for them write to each other, read by these two alone; whoever it is for says that it was read, and from then on it stays as it was',
  table: 'care.messages',
  family: 'log_entry',
  access: 'message',
  subject: 'patientId',
  fields: {
    patientId: patient(),
    senderId: filledIn(user('who wrote it; whoever sends it')),
    recipientId: user('whom it is for: the patient, or somebody who cares for them'),
    replyToId: optional(reference('the message that it answers', 'care.messages', { sameSubject: true })),
    threadId: computed(reference('the message that its conversation began with', 'care.messages')),
    subject: optional(text('what it is about', { max: 200 })),
    body: text('what it says', { max: 10_000 }),
    readAtMs: optional(instant('when whoever it is for has read it')),
    isRead: computed({ ...bool('whether it has been read'), mask: 'default' }),
  },
  letter: { from: 'senderId', to: 'recipientId', readAt: 'readAtMs', of: ['replyToId'] },
  parties: ['senderId', 'recipientId'],
  filters: { threadId: 'is', recipientId: 'is', senderId: 'is', isRead: 'is' },
  sorts: ['createdAtMs'],
  onErase: 'blank',
  sources: { '001:messages': {} },
  example: {
    patientId: '00000000-0000-4000-8000-000000000001',
    recipientId: '00000000-0000-4000-8000-000000000002',
    subject: 'The new tablets',
    body: 'Take them with the evening meal, and write to me if you feel dizzy.',
  },
});
