/** What people ask of an alert. Each carries an id of the sender's: sent again, it has no second effect. */
export type AlertCommand =
  | readonly [
      'alert.acknowledge',
      { readonly id: string; readonly alertId: string; readonly isFalseAlarm?: boolean | undefined },
    ]
  | readonly ['alert.assign', { readonly id: string; readonly alertId: string; readonly toId: string }]
  | readonly [
      'alert.resolve',
      { readonly id: string; readonly alertId: string; readonly actionTaken?: string | undefined },
    ]
  | readonly ['alert.cancel_sos', { readonly id: string; readonly alertId: string }];

/** What is asked, and of what. */
export function aboutOf([kind, body]: AlertCommand): string {
  return 'toId' in body ? `${kind} ${body.alertId} ${body.toId}` : `${kind} ${body.alertId}`;
}
