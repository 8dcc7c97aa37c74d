/** The focus never falls to the page: what has it may be removed, hidden or disabled. */

const FOCUSABLE = 'button:enabled, input:enabled, select:enabled, summary, canvas, [tabindex="0"]';

/** Whenever the focused element goes, its nearest neighbour takes the focus. */
export function keepFocus(): void {
  let last: Element | undefined;
  /** Its ancestors, from the nearest; those of a removed element can no longer be asked for. */
  let around: Element[] = [];

  document.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof Element)) return;
    last = target;
    around = [];
    for (let at = target.parentElement; at !== null; at = at.parentElement) around.push(at);
  });

  const look = (): void => {
    const { activeElement } = document;
    // Browsers take the focus from what cannot have it some time after the change, if at all.
    const isLost = activeElement === null || activeElement === document.body || activeElement === last;
    // A click on empty ground takes the focus away too, but what had it could have it still.
    if (!isLost || last === undefined || canHaveFocus(last)) return;
    for (const element of around) {
      const next = [...element.querySelectorAll<HTMLElement>(FOCUSABLE)].find(canHaveFocus);
      if (next === undefined) continue;
      next.focus({ preventScroll: true });
      return;
    }
  };
  const attributeFilter = ['hidden', 'disabled', 'open', 'class'];
  new MutationObserver(look).observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter,
  });
}

function canHaveFocus(element: Element): boolean {
  return (
    element.isConnected && element.matches(FOCUSABLE) && element.checkVisibility({ visibilityProperty: true })
  );
}
