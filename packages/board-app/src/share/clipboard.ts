/**
 * Copies text and says whether it worked. Over plain http, as on a home network, browsers offer no
 * clipboard API; there the text is copied out of a field made for it.
 */
export async function copyText(copied: string): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(copied);
      return true;
    } catch {
      // Refused by the browser's settings: the older way may still be allowed.
    }
  }
  return copyFromField(copied);
}

function copyFromField(copied: string): boolean {
  const focused = document.activeElement;
  // Inside an open dialog, so that its focus trap lets the field have the focus.
  const parent = focused?.closest("[role=dialog]") ?? document.body;
  const field = document.createElement("textarea");
  field.value = copied;
  field.readOnly = true;
  field.className = "bw-visually-hidden";
  parent.append(field);
  field.select();
  try {
    // oxlint-disable-next-line typescript/no-deprecated -- the only way without a secure context
    return document.execCommand("copy");
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
