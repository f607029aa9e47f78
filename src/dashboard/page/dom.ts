/** The element with this id, which the page is known to have. */
export function byId<E extends Element>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}

/** What stands in a field of a form. */
export function field(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value : '';
}

/** Sets a text only when it changes, so that screen readers are not told the same again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Runs a form's action with its button disabled; the answer of a failure is shown in `problem`. */
export function onSubmit(
  form: HTMLFormElement,
  problem: Element,
  action: () => Promise<void>,
  words: (error: unknown) => string,
): void {
  const button = form.querySelector('button');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    setText(problem, '');
    if (button) button.disabled = true;
    try {
      await action();
    } catch (error) {
      setText(problem, words(error));
    } finally {
      if (button) button.disabled = false;
    }
  });
}
