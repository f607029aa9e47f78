/** The dispatchers’ page. */
export const dispatch = {
  title: 'Dispatch',
  sign_in_for: 'See every open SOS and everybody who can help, live, and send them.',
  open_sos: { one: '{n} open SOS', other: '{n} open SOS' },
  nothing_open: 'No open SOS. Nobody is waiting for help.',
} as const;
