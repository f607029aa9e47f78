import { en } from './en.ts';

type Strings = typeof en;

/** A text with `{names}` to fill in, or one for each plural form that the language has, chosen by `n`. */
type Message = string | { readonly one: string; readonly other: string };

export type StringKey = {
  [View in keyof Strings & string]: `${View}.${keyof Strings[View] & string}`;
}[keyof Strings & string];

type MessageOf<K extends StringKey> = K extends `${infer View extends keyof Strings & string}.${infer Name}`
  ? Strings[View][Name & keyof Strings[View]]
  : never;

type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;

type NamesOf<M> = M extends string
  ? NamesIn<M>
  : M extends { readonly other: infer Other }
    ? NamesIn<Other> | 'n'
    : never;

type Arguments<K extends StringKey> = [NamesOf<MessageOf<K>>] extends [never]
  ? []
  : [values: Readonly<Record<NamesOf<MessageOf<K>>, string | number>>];

/** The language of the words and of numbers and dates in them. */
export const LOCALE = 'en';

const plurals = new Intl.PluralRules(LOCALE);
const numbers = new Intl.NumberFormat(LOCALE);

/** The words for a key, filled in: `t('dispatch.open_sos', { n: 3 })`. Numbers are written as the language does. */
export function t<K extends StringKey>(key: K, ...[values]: Arguments<K>): string {
  return fill(messageOf(key), values);
}

/** The words for a key that is put together from data, or null where there are none. */
export function tFor(
  view: keyof Strings,
  name: string,
  values?: Readonly<Record<string, string | number>>,
): string | null {
  const messages: Readonly<Record<string, Message>> = en[view];
  const message = Object.hasOwn(messages, name) ? messages[name] : undefined;
  return message === undefined ? null : fill(message, values);
}

function messageOf(key: StringKey): Message {
  const [view = '', name = ''] = key.split('.');
  const views: Readonly<Record<string, Readonly<Record<string, Message>>>> = en;
  return views[view]?.[name] ?? key;
}

function fill(message: Message, values: Readonly<Record<string, string | number>> = {}): string {
  const text =
    typeof message === 'string'
      ? message
      : plurals.select(Number(values.n)) === 'one'
        ? message.one
        : message.other;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === 'number' ? numbers.format(value) : value;
  });
}
