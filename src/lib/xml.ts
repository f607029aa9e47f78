const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

// Everything that XML 1.0 (section 2.2, Char) does not allow, not even as an entity.
const NO_CHAR = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** A text as it may stand in an element or an attribute of XML; what XML can't hold becomes U+FFFD. */
export function xmlText(text: string): string {
  return text.replace(NO_CHAR, '\u{FFFD}').replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
